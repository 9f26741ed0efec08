"""POST /api/auth/logout"""

from concurrent.futures import ThreadPoolExecutor

from tests.accounts.bodies import log_in
from tests.cast import Api, Person
from tests.matching import problem


def test_the_token_is_dead_at_once(bob: Person) -> None:
    answer = bob.api.post("/api/auth/logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert bob.api.get("/api/auth/me").json() == problem(401, "not_authenticated")
    assert bob.api.post("/api/auth/logout").status_code == 401


def test_other_sign_ins_go_on(bob: Person) -> None:
    other = Api(log_in(bob.email).json()["token"])
    bob.api.post("/api/auth/logout")
    assert other.get("/api/auth/me").status_code == 200


def test_it_leaves_one_entry_and_moves_the_rights(alice: Person, bob: Person) -> None:
    other = Person(bob.user, log_in(bob.email).json()["token"], bob.email)
    before = other.actor.rights_version
    session_id = bob.actor.session_id
    bob.api.post("/api/auth/logout")
    (entry,) = alice.trail(action="USER_LOGGED_OUT")
    assert (entry["userId"], entry["sessionId"]) == (bob.user_id, session_id)
    assert (entry["entityType"], entry["entityId"]) == ("user", bob.user_id)
    assert other.actor.rights_version == before + 1


def test_twice_at_once_is_one_sign_out(alice: Person, bob: Person) -> None:
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: bob.api.post("/api/auth/logout").status_code, range(4)))
    assert set(codes) <= {204, 401, 404}
    assert codes.count(204) == 1
    assert len(alice.trail(action="USER_LOGGED_OUT")) == 1
