"""An event loop on which a test chooses what happens next: no store call runs by itself.

What the engine would hand to its threads becomes a `Job`. The test runs it (the store does its
work) and delivers it (the engine sees the answer), in the order that it likes, so a history can
be played again exactly.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any
from weakref import WeakSet

from prework.threads import CALLS

SERVER: ContextVar[str] = ContextVar("server", default="")
MOST_TURNS = 20_000


class Job:
    """One blocking call of a server: first it is run, then its answer is delivered."""

    def __init__(
        self, server: str, work: Callable[[], Any], answer: "asyncio.Future[Any]"
    ) -> None:
        self.server = server
        self.answer = answer
        self.is_run = False
        self._work = work
        self._deliver: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Let the store do it."""
        self.is_run = True
        try:
            self._deliver = partial(self.answer.set_result, self._work())
        except Exception as error:
            self._deliver = partial(self.answer.set_exception, error)

    def deliver(self) -> None:
        """Let the server see what came of it."""
        if not self.answer.done():
            self._deliver()


class TurnLoop(asyncio.SelectorEventLoop):
    """An event loop that knows which server each of its tasks and jobs belongs to."""

    _ready: deque[Any]  # asyncio's own: what it would do next

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[Job] = []
        self._now = 0.0
        self.tasks: defaultdict[str, WeakSet[asyncio.Task[Any]]] = defaultdict(WeakSet)
        self._timers: defaultdict[str, WeakSet[asyncio.TimerHandle]] = defaultdict(WeakSet)
        self.set_task_factory(self._new_task)

    def time(self) -> float:
        """Seconds of a clock that only `wait` and `tick` move."""
        return self._now

    def tick(self, seconds: float) -> None:
        """Let time pass; what is due is done when the loop runs next."""
        self._now += seconds

    def wait(self, seconds: float) -> None:
        """Let time pass, and what is due be done."""
        self.tick(seconds)
        self.settle()

    def call_at(  # type: ignore[override]  # whatever is called
        self, when: float, call: Any, *args: Any, **options: Any
    ) -> asyncio.TimerHandle:
        """A server's timers end with it."""
        timer = super().call_at(when, call, *args, **options)
        self._timers[SERVER.get()].add(timer)
        return timer

    def run_in_executor(  # type: ignore[override]  # whatever the call gives
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """Requests have real threads, for they block; what they wait for is a job as any."""
        if executor is not CALLS:
            return super().run_in_executor(executor, func, *args)
        job = Job(SERVER.get(), partial(func, *args), self.create_future())
        self._jobs.append(job)
        return job.answer

    def jobs(self, server: str | None = None) -> list[Job]:
        """What waits, of one server or of all; what nobody waits for any more is left out."""
        self._jobs = [job for job in self._jobs if not job.answer.done()]
        return [job for job in self._jobs if server in (None, job.server)]

    def settle(self) -> None:
        """Go on until there is nothing to do but jobs."""
        self.run_until_complete(self.settled())

    async def settled(self) -> None:
        """The same, on the loop."""
        for _ in range(MOST_TURNS):
            await asyncio.sleep(0)
            if not self._ready:
                return
        raise AssertionError("the loop never comes to rest")

    def end(self, server: str) -> None:
        """Let nothing of a server go on: as a kill does."""
        self.run_until_complete(self._ended(server))
        for timer in self._timers[server]:
            timer.cancel()
        self._jobs = [job for job in self._jobs if job.server != server]

    async def _ended(self, server: str) -> None:
        for _ in range(MOST_TURNS):
            alive = [task for task in self.tasks[server] if not task.done()]
            if not alive:
                return
            for task in alive:
                task.cancel()
            await asyncio.sleep(0)
        raise AssertionError(f"something of {server} does not end")

    def _new_task(self, loop: Any, work: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=self, **options)
        self.tasks[SERVER.get()].add(task)
        return task
