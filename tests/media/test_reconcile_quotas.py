"""`manage.py reconcile`: quotas that are not what the records of files hold, named and mended."""

from concurrent.futures import ThreadPoolExecutor

from pytest_django import Settings

from media.services.reconciling import QUOTAS
from prework.reconciling import differences
from tests import faults
from tests.cast import Organization, Person
from tests.media.test_quotas import SIZE, usage
from tests.media.uploads import ask, asked, confirm, put, uploaded
from tests.teams.reconciling import reconcile, reconciled_badly, spoil


def spoil_quota(by: Person, owner: str, **counters: int) -> None:
    spoil(f"ORG#{by.organization_id}#QUOTA", "pre-work-media", owner, **counters)


def test_all_is_as_it_should_be(org: Organization, alice: Person, bob: Person) -> None:
    uploaded(alice)
    asked(bob, fileSize=5)
    gone = uploaded(bob)
    alice.api.delete(f"/api/media/{gone['fileId']}")
    assert reconcile(org) == "4 compared, 0 wrong, 0 mended\n"  # admins, two users, all


def test_a_difference_is_named_and_mended(org: Organization, alice: Person, bob: Person) -> None:
    uploaded(alice)
    asked(bob, fileSize=5)
    spoil_quota(alice, "ORGANIZATION", heldBytes=7, chargedBytes=7)
    spoil_quota(alice, f"USER#{bob.user_id}", chargedBytes=99)
    here = org.organization_id
    lines = {
        f"{here} quota {here}: heldBytes is 7, there are {SIZE + 5}, "
        f"chargedBytes is 7, there are {SIZE + 5}",
        f"{here} quota {bob.user_id}: chargedBytes is 99, there are 5",
    }
    assert set(reconciled_badly(org).splitlines()) == {
        *lines,
        "4 compared, 2 wrong, 0 mended",
    }
    assert usage(bob) == (5, 7)
    assert "2 mended" in reconcile(org, "--fix")
    assert reconcile(org) == "4 compared, 0 wrong, 0 mended\n"
    assert usage(bob) == (5, SIZE + 5)
    newest = alice.trail(action="QUOTA_MENDED")[0]
    assert newest["entityId"] == bob.user_id
    assert newest["newValues"] == {"heldBytes": 5, "chargedBytes": 5}


def test_one_that_was_lost_is_made_anew(
    org: Organization, alice: Person, settings: Settings
) -> None:
    uploaded(alice)
    for owner in ("ORGANIZATION", f"USER#{alice.user_id}"):
        spoil_quota(alice, owner, heldBytes=0, chargedBytes=0, moves=0)
    reconcile(org, "--fix")
    settings.USER_QUOTA_BYTES = SIZE + 3
    assert ask(alice, fileSize=4).json()["leftBytes"] == 3


def test_while_uploads_go_on_nothing_is_mended_wrong(org: Organization, alice: Person) -> None:
    def upload(_: int) -> None:
        one = asked(alice)
        put(one)
        confirm(alice, one)

    with ThreadPoolExecutor(3) as pool:
        done = pool.map(upload, range(12))
        for _ in range(6):
            list(differences(alice.actor, QUOTAS, is_fixing=True, pause_seconds=0.02))
        list(done)
    assert usage(alice) == (12 * SIZE, 12 * SIZE)


def test_what_moves_just_before_it_is_mended_counts(org: Organization, alice: Person) -> None:
    uploaded(alice)
    spoil_quota(alice, f"USER#{alice.user_id}", heldBytes=7, chargedBytes=7)

    def mend() -> None:
        list(differences(alice.actor, QUOTAS, is_fixing=True, pause_seconds=0.02))

    with (
        ThreadPoolExecutor(1) as pool,
        faults.holding("TransactWriteItems") as (is_held, release),
    ):
        mending = pool.submit(mend)
        assert is_held.wait(10)
        asked(alice, fileSize=5)
        release.set()
        mending.result()
    assert usage(alice) == (SIZE + 5, SIZE + 5)
