"""What a client has sent, and what it was told of it."""

from collections import Counter
from dataclasses import dataclass, field

from bench.kill.replica import Operation


@dataclass
class Tally:
    """One client's books. `faults` are broken promises, each in words."""

    unacked: dict[str, Operation] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def sent(self, operation: Operation) -> None:
        """An operation goes out for the first time."""
        self.unacked[operation["operationId"]] = operation

    def ack(self, operation_id: str, version: int, *, is_duplicate: bool) -> Operation | None:
        """An ack came; returns the operation, if it was waited for."""
        if is_duplicate:
            self.counts["duplicates"] += 1
        known = self.acked.get(operation_id)
        if known is not None and known != version:
            self.faults.append(f"{operation_id} was acknowledged at {known} and at {version}")
        operation = self.unacked.pop(operation_id, None)
        if known is None and operation is None:
            self.faults.append(f"{operation_id} was acknowledged, after a refusal or never sent")
        self.acked.setdefault(operation_id, version)
        return operation

    def refuse(self, operation_id: str, code: str) -> None:
        """A refusal came that is final."""
        self.counts["refused"] += 1
        if operation_id in self.acked:
            self.faults.append(f"{operation_id} was acknowledged, then refused: {code}")
        elif self.unacked.pop(operation_id, None) is not None:
            self.refused[operation_id] = code


def totals(tallies: list[Tally]) -> Counter[str]:
    """The counts of several clients together."""
    together: Counter[str] = Counter(acked=sum(len(tally.acked) for tally in tallies))
    for tally in tallies:
        together.update(tally.counts)
    return together
