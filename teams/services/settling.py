"""What makes a batch be there, and what follows: counts move, teams and users are told."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import ledger
from prework.changes import Change
from prework.errors import Stale, StorageUnavailable
from prework.events import Measured
from prework.tenancy import Actor, system_actor
from prework.transactions import MAX_ACTIONS
from teams.events.assignments import AssignmentCreated, measured
from teams.events.batches import AssignmentBatchCommitted
from teams.models.assignments import Assignment
from teams.models.batches import COMMITTED, WRITING, AssignmentBatch
from teams.queries import batches as queries
from teams.queries.batches import Step
from teams.services.counting import move_one
from teams.services.orders import Order, Values, creation, targets_of

# Of a step's transaction: batch, the organisation's counts, claim, entry, its twin, notice.
STEP_OVERHEAD = 6


def steps_of(orders: list[Order]) -> list[Step]:
    """Whom the orders are for, in portions that one transaction can count and tell."""
    steps: list[Step] = [[]]
    room = MAX_ACTIONS - STEP_OVERHEAD
    for (kind, target_id), numbers in targets_of(orders).items():
        cost = 2 if kind == "team" else 1
        if cost > room:
            steps.append([])
            room = MAX_ACTIONS - STEP_OVERHEAD
        steps[-1].append((kind, target_id, orders[numbers[0]].checklist_id, numbers))
        room -= cost
    return steps


def commit(
    actor: Actor, batch: AssignmentBatch, targets: Step, made: dict[str, Assignment]
) -> None:
    """Make the batch be there. Whoever does so first does it for all who are at it."""
    is_last = batch.steps == 1
    done: list[Action] = [AssignmentBatch.state.set(COMMITTED), AssignmentBatch.settled.set(1)]
    try:
        with Change(actor=replace(actor, finds_own_traces=True)) as change:
            change.adjust(
                AssignmentBatch,
                batch.pk,
                batch.sk,
                *done,
                *(closed() if is_last else []),
                condition=AssignmentBatch.state == WRITING,
                otherwise=Stale,
            )
            moved = {"assigned": int(batch.size), "unsettled": 0 if is_last else 1}
            move_one(change, None, moved, beside=batch.batch_id)
            change.record(
                AssignmentBatchCommitted(
                    entity_id=batch.batch_id,
                    new_values={"count": int(batch.size)},
                    figures=_figures(made.values()),
                )
            )
            _tell(change, batch, targets, made)
    except Stale:
        now = queries.find_batch(actor, batch.batch_id)
        if now is None or now.state != COMMITTED:
            raise StorageUnavailable from None


def _figures(made: Iterable[Assignment]) -> tuple[Measured, ...]:
    counts = Counter((one.priority, one.team_id) for one in made)
    return tuple(measured(count, *of) for of, count in counts.items())


def settle_rest(batch: AssignmentBatch) -> None:
    """What follows from a batch that is committed; if the store fails, the job does it."""
    if batch.steps > 1:
        with suppress(StorageUnavailable):
            settle_all(batch)


def settle_all(batch: AssignmentBatch) -> None:
    """What follows from a batch that is committed, from where it was left."""
    by = replace(system_actor(batch.organization_id), user_id=batch.created_by)
    now = queries.find_batch(by, batch.batch_id)
    if now is None or now.is_finished:
        return
    steps = queries.load_steps(by, batch.batch_id)
    for number, targets in islice(enumerate(steps), int(now.settled), None):
        with suppress(Stale):  # somebody else has done this one
            _settle(by, batch, number, targets)


def _settle(by: Actor, batch: AssignmentBatch, number: int, targets: Step) -> None:
    """Count and tell a portion of whom the batch is for, once."""
    is_last = number + 1 == batch.steps
    ids = batch.ids()
    firsts = queries.load_assignments(by, [ids[numbers[0]] for *_, numbers in targets])
    with Change(actor=by) as change:
        change.adjust(
            AssignmentBatch,
            batch.pk,
            batch.sk,
            AssignmentBatch.settled.set(number + 1),
            *(closed() if is_last else []),
            condition=AssignmentBatch.settled == number,
            otherwise=Stale,
        )
        if is_last:
            move_one(change, None, {"unsettled": -1}, beside=batch.batch_id)
        _tell(change, batch, targets, {one.assignment_id: one for one in firsts})


def _tell(
    change: Change, batch: AssignmentBatch, targets: Step, made: dict[str, Assignment]
) -> None:
    """Move each team's counts, and tell each team and user once."""
    ids = batch.ids()
    for kind, target_id, checklist_id, numbers in targets:
        if kind == "team":
            move_one(change, target_id, {"assigned": len(numbers)}, beside=batch.batch_id)
        first, *others = [ids[number] for number in numbers]
        if first in made:
            change.tell(creation(made[first], others))
        else:  # it is gone again
            to: Values = {"team_id": None, "user_id": None, f"{kind}_id": target_id}
            change.tell(
                AssignmentCreated(
                    entity_id=first, checklist_id=checklist_id, told_together=tuple(others), **to
                )
            )


def closed() -> list[Action]:
    """The actions that take a batch out of the list of those that are not finished."""
    return [AssignmentBatch.gsi4pk.remove(), AssignmentBatch.gsi4sk.remove()]


def change_batch(batch: AssignmentBatch, actions: list[Action], condition: Condition) -> bool:
    """Change a batch's record, if it is as the condition says; whether it was."""
    done = ledger.change(
        AssignmentBatch, batch.pk, batch.sk, actions, condition, is_repeatable=True
    )
    return done is not None
