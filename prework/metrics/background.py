"""A sink with a thread of its own: who measures waits for nothing, whatever becomes of it.

What belongs together is added up while it waits, so that an outage costs little memory: an hour of
it is sixty data a metric and combination. Beyond `MOST_WAITING` the oldest are dropped, and how
many figures those were is a metric itself.
"""

import random
import threading
from collections.abc import Callable, Hashable, Iterator
from typing import Protocol

import structlog

from prework import clock
from prework.metrics.measurements import Datum, Measurement
from prework.metrics.registry import metric

MOST_WAITING = 10_000
LONGEST_PAUSE = 300.0
DROPPED = metric(
    "MetricsDropped",
    "figures that did not reach CloudWatch: it did not answer for too long, or refused them",
)
log = structlog.get_logger(__name__)


class Outlet(Protocol):
    """What a background sink says, and where."""

    most_at_once: int  # with so many waiting it does not wait for the end of the period

    def key(self, measurement: Measurement) -> Hashable:
        """Figures of one key are added up."""

    def batches(self, data: list[Datum]) -> Iterator[list[Datum]]:
        """What can be said at once."""

    def prepare(self) -> None:
        """Do beforehand what takes a while the first time."""

    def send(self, batch: list[Datum]) -> None:
        """Say it, or raise."""

    def may_come_through(self, error: Exception) -> bool:
        """Whether it is worth trying again what failed so."""


class Life:
    """One thread of a sink, from its start to its end."""

    def __init__(self, run: Callable[["Life"], None], name: str) -> None:
        self.wake = threading.Event()
        self.is_over = False
        self.thread = threading.Thread(target=run, args=(self,), name=name, daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Let it do what there is to do, and no more."""
        self.is_over = True
        self.wake.set()


class Background:
    """A sink that sends every period what was put, from a thread that the first figure starts."""

    def __init__(self, outlet: Outlet, period: Callable[[], float]) -> None:
        self._outlet = outlet
        self._period = period
        self._turn = threading.Lock()  # never held for longer than a few steps
        self._sending = threading.Lock()
        self._waiting: dict[Hashable, Datum] = {}
        self._dropped = 0
        self._failures = 0
        self._life: Life | None = None

    def put(self, measurement: Measurement) -> None:
        key = self._outlet.key(measurement)
        with self._turn:
            datum = self._waiting.get(key)
            if datum is None:
                metric, _, milliseconds, dimensions, properties = measurement
                datum = Datum(key, metric, milliseconds, dimensions, properties)
                self._waiting[key] = datum
                self._keep_within_bounds()
            datum.add(measurement.value)
            if self._life is None:
                self._life = Life(self._live, f"metrics-{type(self._outlet).__name__.lower()}")
            elif len(self._waiting) >= self._outlet.most_at_once and not self._failures:
                self._life.wake.set()

    def prepare(self) -> None:
        self._outlet.prepare()

    def stop(self, within: float) -> None:
        with self._turn:
            life, self._life = self._life, None
        if life is not None:
            life.end()
            life.thread.join(within)

    def _live(self, life: Life) -> None:
        is_last = False
        while not is_last:
            life.wake.wait(self._pause())
            life.wake.clear()
            is_last = life.is_over  # asked before: what came until the end is sent yet
            with self._sending:
                try:
                    self._send_waiting()
                except Exception:  # a fault of ours ends neither the thread nor what it is for
                    log.exception("metrics_failed")

    def _pause(self) -> float:
        """A period; ever longer while it fails, and not the same for all processes."""
        period = self._period()
        if not self._failures:
            return period
        longest = max(period, LONGEST_PAUSE)
        return min(period * 2.0 ** min(self._failures, 16), longest) * random.uniform(0.5, 1)

    def _send_waiting(self) -> None:
        with self._turn:
            taken, self._waiting = list(self._waiting.values()), {}
            dropped, self._dropped = self._dropped, 0
        if dropped:
            taken.append(_count_of(dropped))
        batches = list(self._outlet.batches(taken))
        for number, batch in enumerate(batches):
            if not self._is_dealt_with(batch):
                return self._give_back([datum for rest in batches[number:] for datum in rest])

    def _is_dealt_with(self, batch: list[Datum]) -> bool:
        """Whether this has arrived, or never will."""
        try:
            self._outlet.send(batch)
        except Exception as error:
            if self._outlet.may_come_through(error):
                self._note_failure(error)
                return False
            log.warning("metrics_refused", data=len(batch), reason=repr(error))
            with self._turn:
                self._dropped += sum(
                    one.distribution.count for one in batch if one.metric != DROPPED
                )
        else:
            self._note_success()
        return True

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:  # a long outage is one line
            log.warning("metrics_not_sent", reason=repr(error))

    def _note_success(self) -> None:
        if self._failures:
            log.info("metrics_sent_again")
        self._failures = 0

    def _give_back(self, unsent: list[Datum]) -> None:
        with self._turn:
            newer, self._waiting = self._waiting, {}
            for datum in (*unsent, *newer.values()):
                if datum.metric == DROPPED:
                    self._dropped += int(datum.distribution.total)
                elif datum.key in self._waiting:
                    self._waiting[datum.key].add(datum.distribution)
                else:
                    self._waiting[datum.key] = datum
            self._keep_within_bounds()

    def _keep_within_bounds(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            oldest = self._waiting.pop(next(iter(self._waiting)))
            self._dropped += oldest.distribution.count


def _count_of(dropped: int) -> Datum:
    datum = Datum(DROPPED, DROPPED, int(clock.now().timestamp() * 1000))
    datum.add(dropped)
    return datum
