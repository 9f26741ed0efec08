"""A client as the contract describes one: it keeps a replica, resumes, and sends again."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from tests.cast import Person
from tests.collab.model.contract import Body, read, way_of, write
from tests.collab.model.wire import Event, Wire
from tests.collab.model.wishes import UNKNOWN, Refusal, Wish
from tests.collab.model.world import Server, World

GONE, RESTARTING, LOST = 4404, 1012, 1006


class Client:
    """One device of one person. It asserts what a socket promises, event by event."""

    def __init__(self, world: World, person: Person, name: str) -> None:
        self.world = world
        self.person = person
        self.author = (person.user_id, name)
        self.wire: Wire | None = None
        self.version = 0
        self.epoch = ""
        self.content: Body = {}
        self.known: dict[int, str] = {}  # the id of what it was told at each version
        self.wishes: list[Wish] = []
        self.refusals: list[Refusal] = []
        self.trace: list[str] = []  # for whoever reads why it failed

    # -- the socket -----------------------------------------------------------------------------

    def connect(self, server: Server) -> None:
        """Open a socket, to go on where it was."""
        query = f"client={self.author[1]}"
        if self.epoch:
            query += f"&since={self.version}&epoch={self.epoch}"
        path = f"/ws/collab/checklist/{self.world.entity_id}"
        self.trace.append(f"connect {server.name} {query}")
        self.wire = Wire(server, path, query, self.person.token, self._on_sent)
        self.world.loop.settle()

    def vanish(self) -> None:
        """Be gone without a word; what was not read is lost."""
        if self.wire is not None:
            self.wire.cut()
            self.wire = None
            self.world.loop.settle()

    def read(self, most: int = 1_000_000) -> None:
        """Take in what the server has sent, so many events of it."""
        wire = self.wire
        if wire is None:
            return
        while wire.waiting and most:
            self._on(wire, wire.waiting.popleft())
            most -= 1
        if not wire.waiting and wire.code is not None:
            self.trace.append(f"closed {wire.code}")
            assert wire.code in (GONE, RESTARTING, LOST), self.trace
            self.wire = None

    # -- operations -----------------------------------------------------------------------------

    def wish(self, body: Body) -> Wish:
        """Want something done; or the same again, if it is."""
        for wish in self.wishes:
            if wish.body == body:
                return wish
        self.wishes.append(Wish(body, self.person.user_id))
        return self.wishes[-1]

    def send(self, wishes: Iterable[Wish]) -> None:
        """Send operations by the socket, as one frame."""
        wire, wishes = self.wire, list(wishes)
        if wire is None or not wishes:
            return
        self.trace += [f"send {wish.body}" for wish in wishes]
        wire.send(*({"action": "apply", "operation": wish.body} for wish in wishes))
        for wish in wishes:
            wish.send(wire.server.name)
            wire.asked.append(wish)
        self.world.loop.settle()

    def post(self, server: Server, wishes: list[Wish], fault: str = "") -> None:
        """Send operations by a request."""
        for wish in wishes:
            wish.send(server.name)
        body = {"operations": [wish.body for wish in wishes]}
        url = f"{self.world.url}/operations"
        status, said = self.world.request(server, self.person.api.post, url, body, fault=fault)
        author = (self.person.user_id, self.person.actor.session_id)
        if status != 200:
            is_gone, is_down = status == 404, status == 503
            assert (is_gone and self.world.is_archived) or (is_down and fault), (status, said)
            return
        for wish, event in zip(wishes, said["results"], strict=True):
            self._on_sent(event)
            self._answered(wish, server.name, event, author)

    @property
    def is_settled(self) -> bool:
        """Whether it is here, and knows what became of all that it wanted."""
        return self.wire is not None and not self.wire.asked and not self.unknown

    @property
    def unknown(self) -> list[Wish]:
        """What it has to send again."""
        return [wish for wish in self.wishes if wish.outcome == UNKNOWN]

    def value_at(self, path: str) -> Any:
        """What it believes to be at a place, or `NOTHING`."""
        return deepcopy(read(self.content, way_of({"path": path})))

    # -- what it is told ------------------------------------------------------------------------

    def _on_sent(self, event: Event) -> None:
        """In the very moment when an acknowledgement leaves the server, it is in the store."""
        if event["eventType"] == "operation.ack":
            history = self.world.truth.look()
            assert event["version"] <= history.version, f"not stored: {event}"
            assert history.entries[event["version"] - 1].operation_id == event["operationId"]

    def _on(self, wire: Wire, event: Event) -> None:
        self.trace.append(f"read {event}")
        kind = event["eventType"]
        assert kind != "error", event
        if kind == "session.welcome":
            self._welcome(event)
        elif kind in ("operation.ack", "operation.rejected"):
            self._on_answer(wire, event)
        elif "version" in event:
            self._follow(event["version"], event["operation"])

    def _welcome(self, event: Event) -> None:
        if event.get("resumed"):
            assert event["epoch"] == self.epoch, "two histories would be merged"
            for operation in event["operations"]:
                self._follow(operation["version"], operation)
        else:
            self.content, self.version = deepcopy(event["content"]), event["version"]
            self.known = {}
        assert self.version == event["version"], (event, self.version)
        self.epoch = event["epoch"]

    def _on_answer(self, wire: Wire, event: Event) -> None:
        wish = wire.asked.popleft()
        self._answered(wish, wire.server.name, event, self.author)
        if event["eventType"] == "operation.rejected":
            return
        version = event["version"]
        if event.get("duplicate") and version <= self.version:
            assert self.known.get(version, wish.operation_id) == wish.operation_id
        else:
            self._follow(version, wish.body)

    def _answered(self, wish: Wish, server: str, event: Event, author: tuple[str, str]) -> None:
        wish.answer(server, event, may_arrive=bool(self.world.network.under_way))
        if event["eventType"] == "operation.rejected" and not event.get("retry"):
            refusal = Refusal(wish.body, author, event["code"], event["version"])
            self.refusals.append(refusal)

    def _follow(self, version: int, operation: Body) -> None:
        assert version == self.version + 1, (version, self.version, self.trace)
        write(self.content, operation)
        self.version = version
        self.known[version] = operation["operationId"]
