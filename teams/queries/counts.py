"""How many assignments there are in each status, from counts that are kept with them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import islice

from prework.dynamo import AT_ONCE, each
from prework.errors import PermissionDenied
from prework.tenancy import Actor
from teams.models.assignments import Assignment
from teams.models.counts import AssignmentCounts, counts_key
from teams.models.teams import team_key
from teams.queries.batches import load_hidden
from teams.queries.teams import access_team

ANALYTICS = "analytics.view"


@dataclass(frozen=True)
class Summary:
    """How many assignments there are in each status; `overdue` of those that are open."""

    assigned: int = 0
    in_progress: int = 0
    completed: int = 0
    cancelled: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.assigned + self.in_progress + self.completed + self.cancelled

    @property
    def completion_rate(self) -> float | None:
        """Which part is completed of what was not cancelled; `None` where there is nothing."""
        wanted = self.total - self.cancelled
        return round(self.completed / wanted, 4) if wanted > 0 else None


COUNTED = tuple(field.name for field in fields(Summary))


def summarize_organization(actor: Actor) -> Summary:
    """The counts of the whole organisation; for `analytics.view`."""
    actor.require(ANALYTICS)
    return added_up(list_counts(actor, None))


def summarize_team(actor: Actor, team_id: str) -> Summary:
    """The counts of a team; for those inside it, and for `analytics.view`."""
    access = access_team(actor, team_id)
    if not (access.is_insider or actor.may(ANALYTICS)):
        raise PermissionDenied(ANALYTICS)
    return added_up(list_counts(actor, team_id))


def list_counts(actor: Actor, team_id: str | None) -> list[AssignmentCounts]:
    """The shards of the counts of a team, or of the organisation: one Query, read consistently."""
    return list(each(AssignmentCounts, counts_key(actor, team_id)))


def each_counted(actor: Actor, team_id: str | None) -> Iterator[Assignment]:
    """The assignments of a team, or of the organisation, that its counts are to have counted."""
    pk, index = (team_key(actor, team_id), 2) if team_id else (actor.key(), 3)
    rows = each(Assignment, pk, index=index)
    while some := list(islice(rows, AT_ONCE)):
        hidden = load_hidden(actor, [row.assignment_id for row in some])
        yield from (row for row in some if row.assignment_id not in hidden)


def added_up(shards: list[AssignmentCounts]) -> Summary:
    """The counts that the shards make together."""
    sums = {name: sum(int(getattr(shard, name) or 0) for shard in shards) for name in COUNTED}
    return Summary(**{name: max(0, value) for name, value in sums.items()})
