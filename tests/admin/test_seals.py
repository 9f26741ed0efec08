"""Seals and jobs in the admin: what was sealed, whether it still fits, what goes on by itself."""

from typing import Any

import pytest

from audit.engine.digests import Digest
from audit.services import chain
from audit.services.keys import trusted_keys
from prework import clock, ledger
from prework.scheduling.rows import JOBS, JobRow
from prework.tenancy import system_actor
from tests.admin.visitors import Visitor, text_of
from tests.audit.seal.trail import NOON, at, delete_raw, erase, put_raw, raw_entries, seal, write
from tests.cast import Organization

DAY = NOON.date().isoformat()


@pytest.fixture
def sealed(org: Organization) -> Any:
    """An organisation with three entries in three windows, each sealed."""
    actor = system_actor(org.organization_id).holding({"audit.view"})
    for minutes in (0, 10, 20):
        write(actor, minutes)
    assert seal(actor) == 3
    return actor


def verified(visitor: Visitor, actor: Any, **span: str) -> str:
    query = {"org": actor.organization_id, "since": DAY, "until": DAY, **span}
    return text_of(visitor.get("verify/", **query))


def test_the_seals_of_an_organisation_newest_first(support: Visitor, sealed: Any) -> None:
    page = text_of(support.get("audit/seal/", org=sealed.organization_id))
    places = [page.index(clock.to_text(at(minutes))) for minutes in (20, 10, 0)]
    assert places == sorted(places)
    assert page.count(">good<") == 3


def test_pages_of_them(support: Visitor, sealed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.admin.seals.SealAdmin.page_size", 2)
    first = support.get("audit/seal/", org=sealed.organization_id)
    assert text_of(first).count(">good<") == 2
    second = support.get(next_of(first))
    assert text_of(second).count(">good<") == 1
    assert 'rel="next"' not in text_of(second)


def next_of(answer: Any) -> str:
    page = text_of(answer).split('" rel="next"')[0].rpartition('href="')[2]
    return f"audit/seal/{page.replace('&amp;', '&')}"


def test_one_seal(support: Visitor, sealed: Any) -> None:
    digest = chain.find_digest(sealed.organization_id, 2, trusted_keys())
    assert isinstance(digest, Digest)
    page = text_of(support.get(f"audit/seal/{sealed.organization_id}.2/change/"))
    for said in (digest.root, digest.hash, digest.signature, digest.previous_digest, ">good<"):
        assert str(said) in page
    assert "/admin/verify/?org=" in page


@pytest.mark.parametrize("thing", ["4", "0", "-1", "x", "9999999999999", "²"])
def test_there_is_no_other(support: Visitor, sealed: Any, thing: str) -> None:
    answer = support.get(f"audit/seal/{sealed.organization_id}.{thing}/change/")
    assert answer.status_code == 302


def test_what_is_gone_is_shown_as_gone(support: Visitor, sealed: Any) -> None:
    erase(chain.digest_key(sealed.organization_id, 2))
    page = text_of(support.get("audit/seal/", org=sealed.organization_id))
    assert page.count(">good<") == 2
    assert "It is not in the archive." in page
    assert "Seal broken" in verified(support, sealed)


def test_a_trail_as_it_was_sealed(support: Visitor, sealed: Any) -> None:
    page = verified(support, sealed)
    assert "All is as it was sealed" in page
    assert "Entries checked: 3. Seals checked: 3." in page


def test_what_is_not_is_named_and_linked(support: Visitor, sealed: Any) -> None:
    first, second, _ = raw_entries(sealed)
    put_raw({**first, "newValues": {"S": '{"place": "cellar"}'}})
    delete_raw(second)
    page = verified(support, sealed)
    assert "2 not as sealed" in page
    here = f"/admin/audit/entry/{sealed.organization_id}."
    altered, missing = (one["auditId"]["S"] for one in (first, second))
    assert f"_5F{altered}/change/" in page
    assert page.count(here) == 1
    assert missing in page
    link = page[page.index(here) :].partition('"')[0]
    assert "cellar" in text_of(support.get(link))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "yesterday"}, "Write it as"),
        ({"since": "2020-01-01"}, "at most 92 days"),
        ({"since": DAY, "until": "2020-01-01"}, "before from"),
        ({"org": "nobody"}, "There is no such organisation"),
        ({"org": ""}, "This field is required"),
        ({"since": "9999-12-31", "until": "9999-12-31"}, "Write it as"),
    ],
)
def test_an_odd_question_is_told(
    support: Visitor, sealed: Any, query: dict[str, str], said: str
) -> None:
    answer = support.get("verify/", **{"org": sealed.organization_id, **query})
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert "All is as it was sealed" not in text_of(answer)


def test_the_page_asks_first(support: Visitor) -> None:
    page = text_of(support.get("verify/"))
    assert "Organisation" in page
    assert "errorlist" not in page


def test_what_goes_on_by_itself(support: Visitor) -> None:
    times = {"started_at": "2026-11-22T14:00:00.000Z", "due_at": "2026-11-22T14:01:00.000Z"}
    run: dict[str, Any] = {
        "process": "server-1:42",
        "outcome": "failed",
        "error": "ChainBroken",
        **times,
    }
    ledger.put(JobRow(JOBS, "audit.seal", duration_seconds=1.5, failures=3, **run))
    page = text_of(support.get("jobs/"))
    shown = ("0:01:00", times["started_at"], "server-1:42", "1.5", "failed (ChainBroken)", "3")
    cells = "".join(f"<td>{one}</td>" for one in (*shown, times["due_at"]))
    for moment in times.values():
        cells = cells.replace(f"<td>{moment}", f'<td class="nowrap">{moment}')
    assert f'<th scope="row">audit.seal</th>{cells}' in page
    ledger.take(JobRow, JOBS, "audit.seal")


def test_nobody_else_sees_them() -> None:
    for path in ("verify/", "jobs/", "audit/seal/"):
        assert Visitor().get(path)["Location"].startswith("/admin/login/")
