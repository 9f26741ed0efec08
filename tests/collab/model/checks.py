"""What must hold when nothing is under way: the clients, the log and the servers agree."""

from collections.abc import Iterable
from typing import Any

from tests.cast import Person
from tests.collab.model.clients import Client
from tests.collab.model.contract import NOTHING, Entry, History, same
from tests.collab.model.wishes import APPLIED, REFUSED, Refusal, Wish
from tests.collab.model.world import Server, World


def check_log(history: History) -> None:
    """Every operation in the log had the right to be there, and tells whom it overwrote."""
    for entry in history.entries:
        verdict = history.judge(entry.body, entry.user_id, entry.client_id, entry.version - 1)
        assert not verdict.code, f"{entry} should be refused: {verdict}"
        if entry.overwrote is None or not history.forgets(entry.version - 1):
            assert entry.overwrote == verdict.overwrites, f"{entry} overwrote {verdict}"
        else:
            assert (verdict.overwrites or (0, ""))[0] <= entry.overwrote[0], (entry, verdict)
    for entry in history.entries:
        _check_only_one(entry, history.find(entry.operation_id))


def _check_only_one(entry: Entry, same_id: list[Entry]) -> None:
    """An id is used twice only by who had seen the first: that is no repeat, but a reuse."""
    for other in same_id:
        is_reuse = other.body["baseVersion"] >= entry.version
        assert other.version <= entry.version or is_reuse, f"twice: {entry}, {other}"


def check_wish(history: History, wish: Wish) -> None:
    """Acknowledged exactly once, refused never, unknown at most once."""
    found = history.find(wish.operation_id)
    versions = [entry.version for entry in found if entry.repeats(wish.body, wish.user_id)]
    wish.rest(versions[0] if versions else None)
    if wish.outcome == APPLIED:
        assert versions == [wish.version], (wish, found)
    elif wish.outcome == REFUSED:
        assert versions == [], (wish, found)
    else:
        assert len(versions) <= 1, (wish, found)


def check_refusals(history: History, refusals: Iterable[Refusal]) -> None:
    """What was refused was refused for a reason that the contract knows."""
    for refusal in refusals:
        if refusal.code == "operation_id_reused":
            first = history.find(refusal.body["operationId"])[0]
            assert first.version <= refusal.version, refusal
            assert not first.repeats(refusal.body, refusal.author[0]), refusal
            continue
        code = history.judge(refusal.body, *refusal.author, refusal.version).code
        is_careful = refusal.code == "conflict" and history.forgets(refusal.version)
        assert refusal.code == code or (is_careful and not code), f"{refusal}, not {code!r}"


def check_client(history: History, client: Client, epoch: str) -> None:
    """A client is where the store is, by the way that the store went."""
    assert (client.version, client.epoch) == (history.version, epoch), client.author
    assert same(client.content, history.content()), (client.content, history.content())
    for version, operation_id in client.known.items():
        assert history.entries[version - 1].operation_id == operation_id


def check_newcomer(world: World, server: Server, person: Person) -> None:
    """Who comes to a server now is told what the log says."""
    newcomer = Client(world, person, "newcomer")
    newcomer.connect(server)
    world.work_through(server)
    newcomer.read()
    check_client(world.truth.history, newcomer, world.truth.state().epoch)
    newcomer.vanish()
    world.work_through(server)


def check_reading(world: World, server: Server, reader: Person, versions: Iterable[int]) -> None:
    """So is who reads a document as of older versions, and its operations."""
    history, ask = world.truth.history, reader.api.get
    for version in versions:
        status, said = world.request(server, ask, f"{world.url}?version={version}")
        assert (status, said["version"]) == (200, version)
        assert same(said["content"], history.content(version)), (version, said["content"])
    status, said = world.request(server, ask, f"{world.url}/operations?since=0")
    told = [(one["version"], one["operationId"]) for one in said["operations"]]
    assert told == [(entry.version, entry.operation_id) for entry in history.entries]


def check_undone(history: History, wish: Wish, ack: dict[str, Any]) -> None:
    """An undo puts back at its place what the newest operation of that id had replaced."""
    undoing = history.entries[ack["version"] - 1]
    done = history.find(wish.operation_id)[-1]
    assert (undoing.way, undoing.body["baseVersion"]) == (done.way, done.version)
    assert same(undoing.body.get("newValue", NOTHING), done.before)
