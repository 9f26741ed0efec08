"""What can have happened to assignments that were made many at once."""

from dataclasses import dataclass

from prework.events import Event, Measured, of

BATCH = {
    "first": "the first of the ids",
    "last": "the last of the ids",
    "count": "how many there are",
}


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchEvent(Event):
    """Something about many assignments that were made at once."""

    entity_type = "assignment_batch"


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchCommitted(AssignmentBatchEvent):
    """All of a batch is written, and there for everybody from now on."""

    code = "assignment.batch.committed"
    sentence = "assigned {count} checklists at once"
    new_fields = of(BATCH, "count")
    figures: tuple[Measured, ...] = ()

    def measured(self) -> list[Measured]:
        return list(self.figures)


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchUndone(AssignmentBatchEvent):
    """What was written of a batch that never was complete, and so never there, was taken back."""

    code = "assignment.batch.undone"
    sentence = "took back {count} assignments of a batch that was not completed"
    old_fields = BATCH
