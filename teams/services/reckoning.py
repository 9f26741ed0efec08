"""Whether the counts of assignments are what there is, and putting them right: `reconcile`.

They move in the transactions of what they count, so they differ only where assignments are older
than the counts. What moves while it is counted is left for another time.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from prework import clock, ledger
from prework.dynamo import AT_ONCE, each
from prework.errors import Stale
from prework.tenancy import Actor
from prework.transactions import Transaction
from teams.models import COUNT_SHARDS, Assignment, AssignmentCounts, count_sort, counts_key
from teams.queries import batches as queries
from teams.queries.counts import COUNTED, list_counts
from teams.services.batches import finish_batch
from teams.services.counting import ALWAYS, moves
from teams.services.overdue import mark_overdue

INDEX_LAG_SECONDS = 2.0
Numbers = dict[str, int]


@dataclass(frozen=True)
class CountDifference:
    """Something that is not stored as it was counted, and what is needed to mend it safely."""

    what: str
    stored: Numbers
    counted: Numbers
    team_id: str | None = None
    assignment_id: str | None = None  # one that is overdue, and was never marked so
    moves: Numbers = field(default_factory=dict)  # of the organisation's shards, before


def each_count_difference(actor: Actor) -> Iterator[CountDifference]:
    """Where the counts of an organisation and its teams differ from its assignments.

    Every assignment is read, by the organisation's list. If any was written meanwhile, what is
    said may be wrong, and is not mended.
    """
    _finish_batches(actor)
    before = _moves(actor)
    time.sleep(INDEX_LAG_SECONDS)  # until the list has what was counted by then
    counted: dict[str | None, Counter[str]] = {None: Counter()}
    unmarked: list[str] = []
    for assignment in _each_assignment(actor):
        for team_id in {None, assignment.team_id}:
            counts = counted.setdefault(team_id, Counter())
            counts[assignment.status] += 1
            counts["overdue"] += assignment.overdue_at is not None
        if assignment.is_overdue and not assignment.overdue_at:
            unmarked.append(assignment.assignment_id)
    for team_id, counts in counted.items():
        stored, right = _stored(actor, team_id), {name: counts[name] for name in COUNTED}
        if stored != right:
            what = f"assignments of team {team_id}" if team_id else "assignments"
            yield CountDifference(what, stored, right, team_id, moves=before)
    for one in unmarked:
        what = f"overdue mark of assignment {one}"
        yield CountDifference(what, {"overdue": 0}, {"overdue": 1}, assignment_id=one)


def mend_count(*, actor: Actor, difference: CountDifference) -> bool:
    """Store what was counted. `False` if an assignment was written since: nothing is mended."""
    if difference.assignment_id:
        now = clock.now()
        return mark_overdue(actor=actor, assignment_id=difference.assignment_id, now=now)
    wrong = {
        name: difference.counted[name] - difference.stored[name]
        for name in COUNTED
        if difference.counted[name] != difference.stored[name]
    }
    transaction = Transaction()
    mended = counts_key(actor, difference.team_id), count_sort(0)
    for shard in map(count_sort, range(COUNT_SHARDS)):
        pk = counts_key(actor, None)
        if (pk, shard) != mended:
            still = _still(difference.moves.get(shard))
            transaction.require(AssignmentCounts, pk, shard, still, Stale)
    still = _still(difference.moves.get(mended[1])) if difference.team_id is None else ALWAYS
    transaction.update(AssignmentCounts, *mended, _quiet(wrong), still, Stale)
    try:
        ledger.together(transaction, [AssignmentCounts])
    except Stale:
        return False
    return True


def _quiet(wrong: Numbers) -> list[Action]:
    """The actions that mend a shard. They leave `moves`: others that were found can be mended."""
    return moves(wrong)[:-1]


def _still(moved: int | None) -> Condition:
    none_yet = AssignmentCounts.pk.does_not_exist() | AssignmentCounts.moves.does_not_exist()
    return none_yet if moved is None else AssignmentCounts.moves == moved


def _moves(actor: Actor) -> Numbers:
    return {shard.sk: int(shard.moves) for shard in list_counts(actor, None) if shard.moves}


def _stored(actor: Actor, team_id: str | None) -> Numbers:
    shards = list_counts(actor, team_id)
    return {name: sum(int(getattr(one, name) or 0) for one in shards) for name in COUNTED}


def _each_assignment(actor: Actor) -> Iterator[Assignment]:
    """Those that are there for readers."""
    rows = each(Assignment, actor.key(), index=3)
    while some := list(islice(rows, AT_ONCE)):
        hidden = queries.load_hidden(actor, [row.assignment_id for row in some])
        yield from (row for row in some if row.assignment_id not in hidden)


def _finish_batches(actor: Actor) -> None:
    for organization_id, batch_id in queries.each_open_batch():
        if organization_id == actor.organization_id:
            finish_batch(actor=actor, batch_id=batch_id, now=clock.now())
