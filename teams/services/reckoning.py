"""Whether the counts of assignments are what there is, and putting them right: `reconcile`.

They move in the transactions of what they count, so they differ only where assignments are older
than the counts. What moves while it is counted is left for another time.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition

from prework import clock, ledger
from prework.dynamo import AT_ONCE, each
from prework.errors import Stale
from prework.tenancy import Actor
from prework.transactions import Transaction
from teams.models import (
    ARCHIVED,
    COUNT_SHARDS,
    Assignment,
    AssignmentCounts,
    Team,
    count_sort,
    counts_key,
    teams_key,
)
from teams.queries import batches as queries
from teams.queries.counts import COUNTED, list_counts
from teams.roles import ORGANIZATION, PRIVATE
from teams.services.counting import additions
from teams.services.finishing import finish_batch
from teams.services.overdue import mark_overdue

INDEX_LAG_SECONDS = 2.0
MENDED_SHARD = count_sort(0)
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
    mends: float | None = None  # of the shard that is mended


def each_count_difference(actor: Actor) -> Iterator[CountDifference]:
    """Where the counts of an organisation and its teams differ from its assignments.

    Every assignment is read, by the organisation's list. If any was written meanwhile, what is
    said may be wrong, and is not mended.
    """
    _finish_batches(actor)
    before = _moves(actor)
    time.sleep(INDEX_LAG_SECONDS)  # until the list has what was counted by then
    counted: dict[str | None, Counter[str]] = {None: Counter()}
    counted |= {team_id: Counter() for team_id in _each_team_id(actor)}
    unmarked: list[str] = []
    for assignment in _each_assignment(actor):
        for team_id in {None, assignment.team_id}:
            counts = counted.setdefault(team_id, Counter())
            counts[assignment.status] += 1
            counts["overdue"] += assignment.overdue_at is not None
        if assignment.is_overdue and not assignment.overdue_at:
            unmarked.append(assignment.assignment_id)
    for team_id, counts in counted.items():
        right = {name: counts[name] for name in COUNTED}
        yield from _difference(actor, team_id, right, before)
    for one in unmarked:
        what = f"overdue mark of assignment {one}"
        yield CountDifference(what, {"overdue": 0}, {"overdue": 1}, assignment_id=one)


def mend_count(*, actor: Actor, difference: CountDifference) -> bool:
    """Store what was counted. `False` if an assignment was written since: nothing is mended."""
    if difference.assignment_id:
        now = clock.now()
        return mark_overdue(actor=actor, assignment_id=difference.assignment_id, now=now)
    wrong = {name: difference.counted[name] - difference.stored[name] for name in COUNTED}
    transaction = Transaction()
    pk, mended = counts_key(actor, None), (counts_key(actor, difference.team_id), MENDED_SHARD)
    is_as_found = _is(AssignmentCounts.mends, difference.mends)
    for shard in map(count_sort, range(COUNT_SHARDS)):
        has_not_moved = _is(AssignmentCounts.moves, difference.moves.get(shard))
        if (pk, shard) == mended:
            is_as_found &= has_not_moved
        else:
            transaction.require(AssignmentCounts, pk, shard, has_not_moved, Stale)
    actions = [*additions(wrong), AssignmentCounts.mends.add(1)]
    transaction.update(AssignmentCounts, *mended, actions, is_as_found, Stale)
    try:
        ledger.together(transaction, [AssignmentCounts])
    except Stale:
        return False
    return True


def _difference(
    actor: Actor, team_id: str | None, counted: Numbers, moves: Numbers
) -> Iterator[CountDifference]:
    shards = list_counts(actor, team_id)
    stored = {name: sum(int(getattr(one, name) or 0) for one in shards) for name in COUNTED}
    if stored != counted:
        what = f"assignments of team {team_id}" if team_id else "assignments"
        mends = next((one.mends for one in shards if one.sk == MENDED_SHARD), None)
        yield CountDifference(what, stored, counted, team_id, moves=moves, mends=mends)


def _is(attribute: NumberAttribute, value: float | None) -> Condition:
    return attribute == value if value else attribute.does_not_exist()


def _moves(actor: Actor) -> Numbers:
    return {shard.sk: int(shard.moves or 0) for shard in list_counts(actor, None)}


def _each_team_id(actor: Actor) -> Iterator[str]:
    """Those of the teams, archived ones too, that may have counts without any assignment."""
    for shelf in (ORGANIZATION, PRIVATE, ARCHIVED):
        yield from (team.team_id for team in each(Team, teams_key(actor, shelf), index=1))


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
