"""Blocking calls off the event loop, on bounded pools that cannot wait for each other.

A request may wait for the realtime engine, whose commits run on another pool: on one pool,
enough such requests would keep the commits that they wait for from ever running. And a page asks
for a hundred images at once, which wait for S3 and for who renders them: a pool of their own lets
them queue there, and keeps nobody from the API.
"""

import asyncio
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import ContextVar, copy_context
from functools import partial
from threading import Event, Lock, Thread
from typing import ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
T = TypeVar("T")
Thing = TypeVar("Thing")
REQUESTS = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="request")
CALLS = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="call")
IMAGES = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="image")
BESIDE = ThreadPoolExecutor(4, thread_name_prefix="at-once")
_home: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("home", default=None)


def begin_in_thread(
    call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> asyncio.Future[T]:
    """Start a blocking call now, in this step of the loop; await the future for its result."""
    return _begin(CALLS, call, *args, **kwargs)


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call of a socket or of the engine, and await its result.

    Channels' `database_sync_to_async` would put all calls of a process on one thread.
    """
    return await _begin(CALLS, call, *args, **kwargs)


async def in_request_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a whole HTTP request, and await its answer."""
    return await _begin(REQUESTS, call, *args, **kwargs)


async def in_image_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for a request of an image."""
    return await _begin(IMAGES, call, *args, **kwargs)


def _begin(
    pool: ThreadPoolExecutor, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> asyncio.Future[T]:
    loop, context = asyncio.get_running_loop(), copy_context()
    context.run(_home.set, loop)
    work = partial(context.run, partial(call, *args, **kwargs))
    return loop.run_in_executor(pool, work)


def side_by_side(call: Callable[[Thing], object], things: Iterable[Thing]) -> None:
    """Make a call for each thing, a few at once in the whole process, and wait for all.

    After one that fails no other is begun; when those that run have ended, its error is raised.
    """
    has_failed = Event()

    def make(thing: Thing) -> None:
        if has_failed.is_set():
            return
        try:
            call(thing)
        except BaseException:
            has_failed.set()
            raise

    futures = [BESIDE.submit(copy_context().run, make, thing) for thing in things]
    wait(futures)
    for future in futures:
        future.result()


def home_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that put this call on its thread, if one did."""
    return _home.get()


class Hands:
    """A few threads for what goes on beside a request, and is stored: they die with the process,
    and what they leave undone, a job does.
    """

    def __init__(self, name: str, *, count: int, most_waiting: int) -> None:
        self.waiting: queue.Queue[Callable[[], object]] = queue.Queue(most_waiting)
        self._name, self._count = name, count
        self._threads: list[Thread] = []
        self._starting = Lock()

    def take(self, work: Callable[[], object]) -> bool:
        """Have this done soon; `False` when too much is waiting. What is given does not raise."""
        if len(self._threads) < self._count:
            self._start_one()
        try:
            self.waiting.put_nowait(work)
        except queue.Full:
            return False
        return True

    def _start_one(self) -> None:
        with self._starting:
            if len(self._threads) < self._count:
                thread = Thread(
                    target=self._work, args=(self.waiting,), name=self._name, daemon=True
                )
                self._threads.append(thread)
                thread.start()

    @staticmethod
    def _work(waiting: "queue.Queue[Callable[[], object]]") -> None:
        while True:
            work = waiting.get()
            try:
                work()
            finally:
                waiting.task_done()
