"""An operation as its writer knows it: sent once or often, and what became of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.collab.model.contract import Body

UNKNOWN, APPLIED, REFUSED = "unknown", "applied", "refused"
Author = tuple[str, str]


@dataclass(frozen=True)
class Refusal:
    """A final answer, to be judged when the log is known."""

    body: Body
    author: Author
    code: str
    version: int


@dataclass(eq=False)
class Wish:
    """One body under one id, of one user."""

    body: Body
    user_id: str
    outcome: str = UNKNOWN
    version: int = 0
    # Attempts on each server that were not answered: they may have their effect yet.
    under_way: Counter[str] = field(default_factory=Counter)
    is_sure: bool = True
    is_told: bool = False  # that it was applied, not only that it had been

    @property
    def operation_id(self) -> str:
        return str(self.body["operationId"])

    def send(self, server: str) -> None:
        """Note an attempt. What was refused may be tried again."""
        if self.outcome == REFUSED:
            self.outcome = UNKNOWN
        self.under_way[server] += 1

    def answer(self, server: str, event: dict[str, Any], *, may_arrive: bool) -> None:
        """Note the answer to an attempt; `may_arrive`: writes are on the way to the store."""
        self.under_way[server] -= 1
        assert event["operationId"] == self.operation_id
        if event["eventType"] == "operation.ack":
            self._apply(event)
        elif event.get("retry"):
            assert event["code"] == "storage_unavailable", event
        elif self.outcome == APPLIED:  # it was refused before, and is read of only now
            assert event["version"] < self.version, f"{self}, then {event}"
        else:
            self.outcome = REFUSED
            self.is_sure = not may_arrive and not any(self.under_way.values())

    def rest(self, version: int | None) -> None:
        """Nothing is under way any more: it is in the log at this version, or it is not."""
        self.under_way.clear()
        if not self.is_sure:
            self.is_sure = True
            if version is not None:
                self.outcome, self.version = APPLIED, version

    def _apply(self, event: dict[str, Any]) -> None:
        is_first = "duplicate" not in event
        assert not (is_first and self.is_told), f"applied twice: {self}, {event}"
        self.is_told |= is_first
        if self.outcome == APPLIED:
            assert event["version"] == self.version, f"moved from {self.version}: {event}"
        self.outcome, self.version = APPLIED, event["version"]
