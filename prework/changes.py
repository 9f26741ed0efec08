"""An action, said once: its state, audit entry and history are written together or not at all."""

import random
import time
from collections.abc import Callable
from functools import partial, wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import structlog
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import clock, ids
from prework.dynamo import Item
from prework.errors import Conflict, NotFound, Stale
from prework.events import Event, Recorded
from prework.tenancy import Actor
from prework.transactions import DEADLINE_SECONDS, MAX_ACTIONS, Refusal, Transaction
from prework.wiring import wired

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Change:
    """A unit of work: leave its block, and all of it is one transaction; raise, and nothing is.

    `with Change(actor=actor) as change:` opens one. A service that takes `change=` writes
    into the one it is given by `with Change.within(change, actor=actor) as change:`, and the
    outermost block commits. After the commit the followers are told; they may fail without harm.
    For an actor who may only read there is none: `PermissionDenied`.
    """

    def __init__(self, *, actor: Actor) -> None:
        actor.require_writable()
        self.actor = actor
        self.recorded: list[Recorded] = []  # from its commit on
        self._events: list[tuple[Event, bool]] = []
        self._transaction = Transaction()
        self._afterwards: list[Callable[[], object]] = []
        self._depth = 0

    @classmethod
    def within(cls, change: "Change | None", *, actor: Actor) -> "Change":
        """The open change that was handed down, or a new one."""
        actor.require_writable()
        return change if change is not None else cls(actor=actor)

    def put(
        self, item: Item, condition: Condition | None = None, otherwise: Refusal = Conflict
    ) -> None:
        """Write a new item; `otherwise` is raised if there is one already."""
        self._transaction.put(item, condition, otherwise)

    def update(self, item: Item, *actions: Action) -> None:
        """Change an item that was read, if it is still as it was read; else raise `Stale`.

        Only so are the old values true that the audit entry shows. Wrap the service in
        `retry_stale`. The item has a `version`, which moves by one.
        """
        model: Any = type(item)
        self._transaction.update(
            model,
            item.pk,
            item.sk,
            [*actions, model.version.set(item.version + 1)],  # type: ignore[attr-defined]
            model.version == item.version,  # type: ignore[attr-defined]
            Stale,
        )

    def adjust(
        self,
        model: type[Item],
        pk: str,
        sk: str,
        *actions: Action,
        condition: Condition | None = None,
        otherwise: Refusal = NotFound,
    ) -> None:
        """Change an item by `ADD` and the like, without its having been read (counters)."""
        self._transaction.update(model, pk, sk, list(actions), condition, otherwise)

    def delete(
        self, item: Item, condition: Condition | None = None, otherwise: Refusal = NotFound
    ) -> None:
        """Remove an item; `otherwise` is raised if it is gone, or not as the condition says."""
        self._transaction.delete(item, condition, otherwise)

    def require(
        self, model: type[Item], pk: str, sk: str, condition: Condition, otherwise: Refusal
    ) -> None:
        """Commit only if another item, which is not written, fulfils the condition."""
        self._transaction.require(model, pk, sk, condition, otherwise)

    def record(self, event: Event) -> None:
        """Say what has happened: the audit entry and the event rows follow from it."""
        self._events.append((event, True))

    def tell(self, event: Event) -> None:
        """Tell of what has its audit entries already: event rows and the live push, no entry."""
        self._events.append((event, False))

    @property
    def has_room(self) -> bool:
        """Whether one more item goes into its transaction."""
        return len(self._transaction) < MAX_ACTIONS

    def afterwards(self, call: Callable[[], object]) -> None:
        """Do this once it is written; like what followers do, it may fail without harm."""
        self._afterwards.append(call)

    def __enter__(self) -> Self:
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._depth -= 1
        if kind is None and self._depth == 0:
            self._commit()

    def _commit(self) -> None:
        if not self._events:
            raise TypeError("A Change records what happened, or it is none.")
        self.recorded = [self._stamped(event, is_audited) for event, is_audited in self._events]
        for recorded in self.recorded:
            for recorder in wired("CHANGE_RECORDERS"):
                recorder(recorded, self._transaction)
        for close in wired("CHANGE_CLOSERS"):  # the last: they see if there is room
            close(self)
        self._transaction.send()
        for recorded in self.recorded:
            for follower in wired("CHANGE_FOLLOWERS"):
                _tell(partial(follower, recorded), recorded.event.code)
        for call in self._afterwards:
            _tell(call, self.recorded[0].event.code)

    def _stamped(self, event: Event, is_audited: bool) -> Recorded:
        """The event with its time, which is that of the commit, however long the block took."""
        self._transaction.stamp(clock.now())
        event_id = ids.new_id()
        moment = ids.moment_of(event_id)
        return Recorded(
            event_id=event_id,
            timestamp=moment,
            actor=self.actor,
            event=event,
            is_audited=is_audited,
        )


def _tell(follower: Callable[[], object], code: str) -> None:
    try:
        follower()
    except Exception:  # what it would have told is in the store already
        log.exception("follower_failed", code=code)


def retry_stale(service: Callable[P, T]) -> Callable[P, T]:
    """Run a service again while others change what it has read, up to the deadline."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                return service(*args, **kwargs)
            except Stale:
                if time.monotonic() > deadline:
                    raise Conflict from None
                time.sleep(random.uniform(0, 0.05))

    return run
