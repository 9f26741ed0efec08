"""What other domains ask of accounts: rights of open sockets, doors, whose an address is."""

import pytest

from accounts import queries, services
from accounts.queries import SessionRef
from prework.changes import Change
from prework.entities import Entity, access_entity
from prework.errors import NotFound, PermissionDenied
from prework.ids import new_id
from tests.accounts.bodies import log_in
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import Person


def ref_of(person: Person) -> SessionRef:
    actor = person.actor
    return SessionRef(actor.organization_id, actor.user_id, actor.session_id)


def test_many_sockets_are_one_read(
    alice: Person, bob: Person, mallory: Person, store_calls: StoreCalls
) -> None:
    refs = [ref_of(person) for person in (alice, bob, mallory)]
    store_calls.clear()
    rights = queries.load_rights(refs)
    assert store_calls.dynamodb == ["BatchGetItem"]
    actors = [actor for ref in refs if (actor := rights[ref]) is not None]
    assert [actor.user_id for actor in actors] == [alice.user_id, bob.user_id, mallory.user_id]
    assert actors[1].permissions == bob.actor.permissions
    assert actors[1].rights_version == bob.actor.rights_version
    assert queries.load_rights([]) == {}


@pytest.mark.parametrize("how", ["signed out", "revoked", "suspended", "password", "idle"])
def test_an_ended_session_has_no_rights(alice: Person, bob: Person, how: str, wait: Wait) -> None:
    ref, actor = ref_of(bob), alice.actor
    before = bob.actor.rights_version
    other = Person(bob.user, log_in(bob.email).json()["token"], bob.email)
    form = {"currentPassword": "a-long-enough-passphrase", "newPassword": "another-passphrase"}
    if how == "signed out":
        bob.api.post("/api/auth/logout")
    elif how == "revoked":
        other.api.delete(f"/api/auth/sessions/{ref.session_id}")
    elif how == "suspended":
        alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    elif how == "password":
        assert other.api.post("/api/auth/password", form).status_code == 204
    else:
        wait(hours=13)
    assert queries.load_rights([ref]) == {ref: None}
    after = queries.load_users(actor, [bob.user_id])[bob.user_id].rights_version
    assert after == (before if how == "idle" else before + 1)


def test_other_domains_can_move_the_rights(alice: Person, bob: Person) -> None:
    before = bob.actor
    actor = alice.actor
    with Change(actor=actor) as change:
        services.bump_rights(change, actor, bob.user_id)
        services.create_user(
            actor=actor,
            email=f"eve-{new_id()}@example.com",
            name="Eve",
            role="viewer",
            password="a-long-enough-passphrase",
            change=change,
        )
    assert bob.actor.rights_version == before.rights_version + 1
    assert queries.access_user(actor, bob.user_id).etag == '"1"'


def test_a_users_door(alice: Person, bob: Person, mallory: Person) -> None:
    entity = Entity(entity_type="user", entity_id=bob.user_id)
    assert access_entity(alice.actor, "user", bob.user_id) == entity
    assert access_entity(bob.actor, "user", bob.user_id, to_write=True) == entity
    with pytest.raises(PermissionDenied):
        access_entity(alice.actor, "user", bob.user_id, to_write=True)
    for to_write in (False, True):
        with pytest.raises(NotFound):
            access_entity(mallory.actor, "user", bob.user_id, to_write=to_write)


def test_whose_an_address_is(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    found = (bob.organization_id, bob.user_id)
    assert queries.find_account_by_email(bob.email.upper()) == found
    assert '"ConsistentRead": true' in str(store_calls.requests)
    assert queries.find_account_by_email(f"x{bob.email}") is None
    assert queries.find_account_by_email("no address") is None
