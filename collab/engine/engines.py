"""The engine of an event loop: the documents that are open there, and the way to it from threads.

A server has one loop and so one engine. A process without a server (a command, a plain test)
has a loop on a thread of its own.
"""

import asyncio
import atexit
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

from collab.engine import meters
from collab.engine.marks import Author
from collab.engine.operations import Operation
from collab.engine.outcomes import Outcome
from collab.engine.sequencer import Sequencer
from collab.engine.submissions import Listener, Submission, Unheard
from collab.models import DocumentRef
from prework.errors import NotFound, StorageUnavailable
from prework.tallies import Tally
from prework.threads import home_loop

T = TypeVar("T")
WARM_DOCUMENTS = 1_000
WARM_BYTES = 128 * 1024 * 1024
PATIENCE_SECONDS = 30


class Answered:
    """Waits for what becomes of an operation; who waits may have gone by then."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Outcome | NotFound]
        self._answer = asyncio.get_running_loop().create_future()

    def __call__(self, answer: Outcome | NotFound) -> None:
        if not self._answer.done():
            self._answer.set_result(answer)

    async def outcome(self) -> Outcome:
        """The outcome. Raises `NotFound` if the document is no more."""
        answer = await self._answer
        if isinstance(answer, NotFound):
            raise answer
        return answer


class Engine:
    """The documents that are open on one loop; those that nobody uses stay warm for a while."""

    def __init__(self) -> None:
        self.listener: Listener = Unheard()
        self.is_stopping = False
        self.tally = Tally()
        self.tally.levels.append(lambda: {meters.DOCUMENTS: len(self._open)})
        self._open: dict[DocumentRef, Sequencer] = {}
        self._warm: OrderedDict[DocumentRef, int] = OrderedDict()  # used by nobody: their bytes
        self._warm_bytes = 0

    def pin(self, ref: DocumentRef) -> Sequencer:
        """A document, which may have to be loaded yet, to be kept in memory until `unpin`."""
        document = self._open.get(ref)
        if document is None:
            document = self._open[ref] = Sequencer(ref, self.listener, self.tally)
            document.intake.is_closed = self.is_stopping
        document.pins += 1
        self._warm_bytes -= self._warm.pop(ref, 0)
        return document

    def unpin(self, document: Sequencer) -> None:
        """Say that a document is needed no more, by one who pinned it."""
        document.pins -= 1
        if not document.pins:
            self._keep_warm(document)
            self._cool_down()

    @contextmanager
    def using(self, ref: DocumentRef) -> Iterator[Sequencer]:
        """A document, kept in memory meanwhile: there must not be two of it."""
        document = self.pin(ref)
        try:
            yield document
        finally:
            self.unpin(document)

    def find(self, ref: DocumentRef) -> Sequencer | None:
        """A document, if it is open here."""
        return self._open.get(ref)

    def forget(self, ref: DocumentRef) -> None:
        """Let go of what is known of a document."""
        sequencer = self._open.get(ref)
        if sequencer is not None:
            sequencer.copy.drop()
            if sequencer.is_idle:
                del self._open[ref]
                self._warm_bytes -= self._warm.pop(ref, 0)

    async def apply(
        self, ref: DocumentRef, operations: Sequence[object], author: Author
    ) -> list[Outcome]:
        """Apply operations as they came over the wire. Raises `NotFound` for a document gone."""
        with self.using(ref) as document:
            await document.opened()
            answers = [Answered() for _ in operations]
            for raw, answer in zip(operations, answers, strict=True):
                document.offer(raw, author, answer)
            return [await answer.outcome() for answer in answers]

    async def settle(self, ref: DocumentRef, operation: Operation, author: Author) -> Outcome:
        """Apply an operation of our own making. Raises `NotFound` for a document gone."""
        with self.using(ref) as document:
            answer = Answered()
            document.submit(Submission(operation, author, answer))
            return await answer.outcome()

    async def stop(self, *, within: float) -> None:
        """Take no operation any more, and commit and answer those that wait.

        What is not committed after so many seconds is answered with `storage_unavailable`, as is
        all that still comes: its outcome is unknown, and it is to be sent again unchanged.
        """
        self.is_stopping = True
        for sequencer in self._open.values():
            sequencer.intake.is_closed = True
        try:
            async with asyncio.timeout(within):
                await self._settled()
        except TimeoutError:
            for sequencer in self._open.values():
                sequencer.give_up()

    async def _settled(self) -> None:
        while busy := [one for one in self._open.values() if one.is_busy]:
            await asyncio.gather(*(sequencer.settled() for sequencer in busy))

    def _keep_warm(self, document: Sequencer) -> None:
        self._warm[document.ref] = document.copy.bytes
        self._warm_bytes += document.copy.bytes

    def _cool_down(self) -> None:
        """Drop those that were left longest ago, until what nobody uses is within its bounds."""
        patience = 10  # with those that have something to commit or to fold yet
        while patience and (len(self._warm) > WARM_DOCUMENTS or self._warm_bytes > WARM_BYTES):
            ref, size = self._warm.popitem(last=False)
            self._warm_bytes -= size
            document = self._open[ref]
            if document.is_idle:
                del self._open[ref]
            else:
                self._keep_warm(document)
                patience -= 1


# Who makes the listener of a new engine: the hub, where there is one.
listeners: list[Callable[[Engine], Listener]] = []
_engines: dict[asyncio.AbstractEventLoop, Engine] = {}
_starting = threading.Lock()


def current_engine() -> Engine:
    """The engine of the running loop."""
    loop = asyncio.get_running_loop()
    engine = _engines.get(loop)
    if engine is None:
        for ended in [one for one in list(_engines) if one.is_closed()]:
            del _engines[ended]
        engine = _engines[loop] = Engine()
        for make_listener in listeners:
            engine.listener = make_listener(engine)
    return engine


def run(work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
    """From a thread: do something on the engine that this call belongs to, and wait for it."""

    async def there() -> T:
        return await work(current_engine())

    loop = home_loop() or own_loop()
    doing = asyncio.run_coroutine_threadsafe(there(), loop)
    try:
        return doing.result(PATIENCE_SECONDS)
    except TookTooLong:
        doing.cancel()
        raise StorageUnavailable from None


def own_loop() -> asyncio.AbstractEventLoop:
    """The loop on a thread of its own, for a process that serves nobody."""
    with _starting:
        return _start_loop()


@lru_cache(maxsize=1)
def _start_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="engine", daemon=True)
    thread.start()

    def end() -> None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()

    atexit.register(end)
    return loop
