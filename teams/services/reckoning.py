"""The counts of assignments, the assignments that there are, and the marks of those overdue.

The counts move in the transactions of what they count; only a batch that is too wide for one
transaction is there before its teams have counted it, and meanwhile no team's are at rest. They
differ where assignments are older than the counts, or where a hand was in the store.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from pynamodb.expressions.condition import Condition

from prework import clock
from prework.changes import Change
from prework.errors import Conflict, Stale
from prework.reconciling import Look, Reconciler
from prework.tenancy import Actor
from teams import queries
from teams.events.assignments import AssignmentCountsMended
from teams.models.counts import COUNT_SHARDS, AssignmentCounts, count_sort, counts_key
from teams.queries.batches import find_assignment
from teams.queries.counts import COUNTED, each_counted, list_counts
from teams.queries.due import each_unmarked
from teams.services.counting import additions
from teams.services.overdue import mark_overdue

JOB_IS_LATE = timedelta(minutes=10)  # it runs every minute
Shards = dict[str, AssignmentCounts]


def _things(actor: Actor) -> Iterator[str]:
    yield actor.organization_id
    yield from queries.each_team_id(actor)


def _look(actor: Actor, thing_id: str) -> Look | None:
    team_id = _team_id(actor, thing_id)
    is_at_rest = team_id is None or not any(
        shard.unsettled for shard in _shards(actor, None).values()
    )
    shards = _shards(actor, team_id)
    counted: Counter[str] = Counter()
    for assignment in each_counted(actor, team_id):
        counted[assignment.status] += 1
        counted["overdue"] += assignment.overdue_at is not None
    if not (shards or counted):
        return None
    kept = {name: sum(int(getattr(one, name) or 0) for one in shards.values()) for name in COUNTED}
    return Look(_moves(shards), kept, {name: counted[name] for name in COUNTED}, is_at_rest)


def _mend(actor: Actor, thing_id: str, look: Look) -> None:
    team_id = _team_id(actor, thing_id)
    shards = _shards(actor, team_id)
    if _moves(shards) != look.moves:  # each only grows: if the sum has not moved, none has
        raise Stale
    mended, *others = [
        (sk, _has_not_moved(shards.get(sk))) for sk in map(count_sort, range(COUNT_SHARDS))
    ]
    wrong = {name: look.counted[name] - look.kept[name] for name in COUNTED}
    with Change(actor=actor) as change:
        if team_id:
            _require_settled(change)
        for sk, has_not_moved in others:
            pk = counts_key(actor, team_id)
            change.require(AssignmentCounts, pk, sk, has_not_moved, Stale)
        change.adjust(
            AssignmentCounts,
            counts_key(actor, team_id),
            mended[0],
            *additions(wrong),
            AssignmentCounts.moves.add(1),
            condition=mended[1],
            otherwise=Stale,
        )
        change.record(
            AssignmentCountsMended(
                entity_id=thing_id, old_values=look.kept, new_values=look.counted
            )
        )


def _require_settled(change: Change) -> None:
    is_settled = AssignmentCounts.unsettled.does_not_exist() | (AssignmentCounts.unsettled == 0)
    pk = counts_key(change.actor, None)
    for shard in range(COUNT_SHARDS):
        change.require(AssignmentCounts, pk, count_sort(shard), is_settled, Stale)


def _has_not_moved(shard: AssignmentCounts | None) -> Condition:
    if shard is None or not shard.moves:
        return AssignmentCounts.moves.does_not_exist()
    return AssignmentCounts.moves == shard.moves


def _team_id(actor: Actor, thing_id: str) -> str | None:
    return None if thing_id == actor.organization_id else thing_id


def _shards(actor: Actor, team_id: str | None) -> Shards:
    return {shard.sk: shard for shard in list_counts(actor, team_id)}


def _moves(shards: Shards) -> int:
    return sum(int(shard.moves or 0) for shard in shards.values())


def _unmarked(actor: Actor) -> Iterator[str]:
    for assignment in each_unmarked(actor, clock.now() - JOB_IS_LATE):
        yield assignment.assignment_id


def _look_at_mark(actor: Actor, assignment_id: str) -> Look | None:
    assignment = find_assignment(actor, assignment_id)
    if assignment is None:
        return None
    is_marked, is_overdue = assignment.overdue_at is not None, assignment.is_overdue
    return Look(
        int(assignment.version),
        {"overdue_marks": int(is_marked)},
        {"overdue_marks": int(is_overdue)},
    )


def _mark(actor: Actor, assignment_id: str, _: Look) -> None:
    try:
        mark_overdue(actor=actor, assignment_id=assignment_id, now=clock.now())
    except Conflict:
        raise Stale from None


COUNTS = Reconciler(name="assignments", things=_things, look=_look, mend=_mend)
OVERDUE = Reconciler(name="assignment", things=_unmarked, look=_look_at_mark, mend=_mark)
