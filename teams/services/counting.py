"""The counts of assignments, which move in the transaction of what they count."""

from pynamodb.expressions.update import Action

from prework.changes import Change
from prework.errors import Conflict
from teams.models.counts import COUNT_SHARDS, AssignmentCounts, count_sort, counts_key, shard_of

ALWAYS = AssignmentCounts.pk.exists() | AssignmentCounts.pk.does_not_exist()


def move(change: Change, team_id: str | None, moved: dict[str, int], *, beside: str) -> None:
    """Add to the counts of the organisation and, if it is a team's, of the team."""
    if any(moved.values()):
        move_one(change, None, moved, beside=beside)
        if team_id:
            move_one(change, team_id, moved, beside=beside)


def move_one(change: Change, team_id: str | None, moved: dict[str, int], *, beside: str) -> None:
    """Add to one shard of a team's counts, or (`None`) of the organisation's alone.

    Which shard, the id says that it is `beside`: so that writers seldom meet at one item.
    """
    change.adjust(
        AssignmentCounts,
        counts_key(change.actor, team_id),
        count_sort(shard_of(beside, COUNT_SHARDS)),
        *additions(moved),
        AssignmentCounts.moves.add(1),
        condition=ALWAYS,
        otherwise=Conflict,
    )


def additions(moved: dict[str, int]) -> list[Action]:
    """The actions that add to a shard, which begins with them."""
    kind = AssignmentCounts.kind.set(AssignmentCounts.__name__)
    return [kind, *(getattr(AssignmentCounts, name).add(by) for name, by in moved.items() if by)]
