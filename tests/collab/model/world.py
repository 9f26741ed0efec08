"""Two servers, the post between them, the store, and one document; nothing moves by itself."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from itertools import count
from typing import Any, TypeVar

from collab.engine import engines
from collab.hub import healing
from collab.models import document_ref
from prework.ids import new_id
from tests.cast import Person
from tests.collab.live import call
from tests.collab.model.contract import Body
from tests.collab.model.faults import Network
from tests.collab.model.post import Post
from tests.collab.model.truth import Truth
from tests.collab.model.turns import SERVER, Job, TurnLoop
from tests.collab.processes import Process

T = TypeVar("T")
CONTENT: Body = {
    "title": "Opening round",
    "place": {"hall": 4},
    "items": {"a": {"text": "Check the valve", "checked": False}},
}
REQUEST_SECONDS = 0.001  # between two looks at what a request's thread does
_numbers = count(1)


class Server:
    """One process as the world sees it: it has a name, and may be killed."""

    def __init__(self, loop: TurnLoop, post: Post) -> None:
        self.name = f"server-{next(_numbers)}"
        self.loop = loop
        self._context: Context = copy_context()
        self._context.run(SERVER.set, self.name)
        self.process = loop.run_until_complete(self.start(_new_process(post)))

    def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Do something as this server."""
        return self._context.run(self.loop.create_task, work)


class World:
    """What there is, and all that can happen to it but what clients do."""

    def __init__(self, owner: Person) -> None:
        self.entity_id = f"checklist-{new_id()}"
        self.url = f"/api/documents/checklist/{self.entity_id}"
        self.owner = owner
        body = {"entityType": "checklist", "entityId": self.entity_id, "content": CONTENT}
        assert owner.api.post("/api/documents", body).status_code == 201
        self.truth = Truth(document_ref(owner.actor, "checklist", self.entity_id), CONTENT)
        self.loop = TurnLoop()
        self.post = Post()
        self.network = Network()
        self.servers = [Server(self.loop, self.post) for _ in range(2)]
        self.is_archived = False

    def end(self) -> None:
        """Let go of everything."""
        for server in self.servers:
            self.loop.end(server.name)
        engines._engines.pop(self.loop, None)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    # -- the store ------------------------------------------------------------------------------

    def work(self, server: Server, pick: int = 0, fault: str = "") -> bool:
        """Let one of a server's calls be run and answered; false if there is none."""
        jobs = self.loop.jobs(server.name)
        if not jobs:
            return False
        self._do(jobs[pick % len(jobs)], fault)
        self.loop.settle()
        return True

    def run_ahead(self, server: Server) -> None:
        """Let the store do what a server waits for, and its answer take its time."""
        job = next((job for job in self.loop.jobs(server.name) if not job.is_run), None)
        if job is not None:
            job.run()

    def work_through(self, *servers: Server) -> None:
        """Let all be done that these wait for, or anybody."""
        self.loop.settle()
        while any([self.work(server) for server in servers or self.servers]):
            pass

    def _do(self, job: Job, fault: str) -> None:
        if not job.is_run:
            with self.network.fault(fault):
                job.run()
        job.deliver()

    # -- the servers ----------------------------------------------------------------------------

    def heal(self, server: Server) -> None:
        """Let a server begin to look into the store for what it was not told."""
        server.start(healing.heal_documents(server.process.hub))
        self.loop.settle()

    def kill(self, place: int, *, is_written: bool) -> Server:
        """End a server in the middle of what it does, and start another in its place.

        What it has asked of the store may have got there (`is_written`).
        """
        killed = self.servers[place]
        for job in self.loop.jobs(killed.name):
            if is_written and not job.is_run:
                job.run()
        self.loop.end(killed.name)
        self.servers[place] = Server(self.loop, self.post)
        return killed

    @contextmanager
    def another_server(self) -> Iterator[Server]:
        """One that has just been started, for a moment."""
        server = Server(self.loop, self.post)
        yield server
        self.loop.end(server.name)

    def request(
        self, server: Server, ask: Callable[..., Any], *said: Any, fault: str = ""
    ) -> tuple[int, Any]:
        """A request to a server over HTTP: the status of the answer, and its JSON."""
        # The engine of a loop is that of its process; here two share one.
        engines._engines[self.loop] = server.process.engine
        answer = self.loop.run_until_complete(self._answered(server, ask, said, fault))
        return answer.status_code, answer.json() if answer.content else None

    async def _answered(
        self, server: Server, ask: Callable[..., Any], said: tuple[Any, ...], fault: str
    ) -> Any:
        asking = server.start(call(ask, *said))
        while not asking.done():
            await self.loop.settled()
            for job in self.loop.jobs(server.name)[:1]:
                self._do(job, fault)
            time.sleep(REQUEST_SECONDS)
            self.loop.tick(REQUEST_SECONDS)
        return asking.result()

    def archive(self, server: Server) -> None:
        """Close the document for everybody, if it is not."""
        if self.is_archived:
            return
        status, _ = self.request(server, self.owner.api.delete, self.url)
        assert status in (200, 204), status
        self.is_archived = True

    def restore(self, server: Server) -> None:
        """Bring it back, under a new epoch, if it is closed."""
        if not self.is_archived:
            return
        status, _ = self.request(server, self.owner.api.post, f"{self.url}/restore")
        assert status == 200, status
        self.is_archived = False


async def _new_process(post: Post) -> Process:
    return Process(post)
