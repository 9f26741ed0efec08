"""What is counted of the engine."""

from collections.abc import Sequence

from collab.engine.committed import CommittedOperation
from collab.engine.outcomes import Outcome, Rejected
from collab.engine.refusals import Code
from collab.engine.submissions import Delivery
from prework.metrics.registry import Metric, metric
from prework.tallies import Tally

COMMITS = metric("Commits", "batches of operations that were stored, one transaction each")
OPERATIONS = metric("OperationsCommitted", "operations that were stored")
BATCH_SIZE = metric("BatchSize", "operations of one commit")
COMMIT_LATENCY = metric(
    "CommitLatency", "how long the store took for a commit", unit="Milliseconds", smallest=0.1
)
LOST_RACES = metric("LostRaces", "batches settled again because another process was first")
CONFLICTS = metric("Conflicts", "operations that met a change which their writer had not seen")
DUPLICATES = metric("Duplicates", "operations sent again, and answered as the first time")
REJECTED = metric("OperationsRejected", "operations that were refused, for whatever reason")
HEALS = metric("Heals", "times that a document was behind the store and caught up")
DOCUMENTS = metric("DocumentsInMemory", "documents in memory, also those that nobody uses now")


def _rejected_with(code: str) -> Metric:
    name = "".join(part.capitalize() for part in code.split("_"))
    return metric(f"Rejected{name}", f"operations refused with `{code}`")


OF_CONTENT = Code.INVALID_CONTENT  # of whole documents
REJECTED_WITH = {
    str(code): _rejected_with(code) for code in (*Code, "permission_denied") if code != OF_CONTENT
}


def count_rejected(tally: Tally, code: str, by: int = 1) -> None:
    """Count operations that were refused."""
    tally.count(REJECTED, by)
    tally.count(REJECTED_WITH[code], by)
    if code == Code.CONFLICT:
        tally.count(CONFLICTS, by)


def count_batch(
    tally: Tally, stored: Sequence[CommittedOperation], deliveries: Sequence[Delivery]
) -> None:
    """Count a commit, and what became of the operations that were settled for it."""
    if stored:
        tally.count(COMMITS)
        tally.count(OPERATIONS, len(stored))
        tally.measure(BATCH_SIZE, len(stored))
        overwrites = sum(one.overwrote is not None for one in stored)
        if overwrites:
            tally.count(CONFLICTS, overwrites)
    if len(deliveries) > len(stored):
        for delivery in deliveries:
            _count_unstored(tally, delivery.outcome)


def _count_unstored(tally: Tally, outcome: Outcome) -> None:
    if isinstance(outcome, Rejected):
        count_rejected(tally, outcome.code)
    elif outcome.is_duplicate:
        tally.count(DUPLICATES)
