"""Assignments: who may see all of one, and lists in the order of what is to be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from prework import clock
from prework.dynamo import AT_ONCE, Page, StartKey, each, start_after
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import Actor
from teams.models.assignments import STATUS_ORDER, SUMMARY, UNDATED, Assignment
from teams.models.teams import team_key, user_key
from teams.queries.batches import find_assignment, load_hidden
from teams.queries.teams import TeamAccess, access_team

USERS, TEAMS, ORGANIZATIONS = 1, 2, 3  # the index of each


@dataclass(frozen=True)
class AssignmentAccess:
    """An assignment as one actor meets it, with its team if it is a team's."""

    actor: Actor
    assignment: Assignment
    team: TeamAccess | None

    @property
    def is_concerned(self) -> bool:
        """Whether the actor is to do it: the assignee, or a member of the team."""
        in_team = self.team is not None and self.team.membership is not None
        return in_team or self.assignment.user_id == self.actor.user_id

    @property
    def may_manage(self) -> bool:
        """Whether the actor may assign this, or gave it to themselves."""
        permissions = self.team.permissions if self.team else self.actor.permissions
        is_ones_own = self.assignment.created_by == self.assignment.user_id == self.actor.user_id
        return is_ones_own or "checklist.assign_team" in permissions

    @property
    def sees_all(self) -> bool:
        """Whether every field is the actor's business."""
        return self.is_concerned or self.may_manage or self.actor.may("analytics.view")

    def require_manager(self) -> None:
        """Refuse whoever may not assign."""
        if not self.may_manage:
            raise PermissionDenied("checklist.assign_team")


def access_assignment(actor: Actor, assignment_id: str) -> AssignmentAccess:
    """An assignment; that of a team which the actor may not see is `NotFound`."""
    assignment = find_assignment(actor, assignment_id)
    if assignment is None:
        raise NotFound
    team = access_team(actor, assignment.team_id) if assignment.team_id else None
    return AssignmentAccess(actor, assignment, team)


def show_assignment(actor: Actor, assignment_id: str) -> Assignment:
    """An assignment, or its summary for those whom it does not concern."""
    access = access_assignment(actor, assignment_id)
    return access.assignment if access.sees_all else access.assignment.summary()


def list_assignments(
    actor: Actor,
    *,
    limit: int,
    start: StartKey,
    user_id: str | None = None,
    status: str | None = None,
    due_before: datetime | None = None,
) -> Page:
    """A user's assignments: one's own, or with `analytics.view` the whole organisation's.

    Of somebody else's, without `analytics.view`, the store is asked for the summary only.
    """
    sees_all = actor.may("analytics.view")
    stretches = _stretches(status, due_before)
    if user_id is None and sees_all:
        return _page(actor, actor.key(), ORGANIZATIONS, stretches, limit, start)
    user_id = user_id or actor.user_id
    is_whole = sees_all or user_id == actor.user_id
    pk = user_key(actor, user_id)
    return _page(actor, pk, USERS, stretches, limit, start, is_whole=is_whole)


def list_team_assignments(
    actor: Actor,
    team_id: str,
    *,
    limit: int,
    start: StartKey,
    status: str | None = None,
    due_before: datetime | None = None,
) -> Page:
    """A team's assignments; the summary only for those who merely may see the team."""
    access = access_team(actor, team_id)
    is_whole = access.is_insider or actor.may("analytics.view")
    stretches = _stretches(status, due_before)
    pk = team_key(actor, team_id)
    return _page(actor, pk, TEAMS, stretches, limit, start, is_whole=is_whole)


Stretch = tuple[str, str]


def _stretches(status: str | None, due_before: datetime | None) -> list[Stretch]:
    """The stretches of sort keys that fit, in order; without filters it is one, of all."""
    orders = [STATUS_ORDER[status]] if status else sorted(STATUS_ORDER.values())
    if due_before is not None:
        # No key is as short as the upper end, so that what is due at that moment is left out.
        until = min(clock.to_text(due_before), UNDATED)
        return [(f"{order}#", f"{order}#{until}") for order in orders]
    return [(f"{orders[0]}#", f"{orders[-1]}#~")]


def _page(
    actor: Actor,
    pk: str,
    index: int,
    stretches: list[Stretch],
    limit: int,
    start: StartKey,
    *,
    is_whole: bool = True,
) -> Page:
    """One page over several stretches of an index; each is read only when it is reached."""
    stretches = _left(stretches, start, index)
    queries = (
        _stretch(actor, pk, index, stretch, limit + 1, start if position == 0 else None, is_whole)
        for position, stretch in enumerate(stretches)
    )
    items = list(islice(chain.from_iterable(queries), limit + 1))
    more = len(items) > limit
    return Page(items[:limit], start_after(items[limit - 1], index) if more else None)


def _left(stretches: list[Stretch], start: StartKey, index: int) -> list[Stretch]:
    if start is None:
        return stretches
    reached = start[f"GSI{index}SK"]["S"]
    return [stretch for stretch in stretches if stretch[1] > reached]


def _stretch(
    actor: Actor,
    pk: str,
    index: int,
    stretch: Stretch,
    page_size: int,
    start: StartKey,
    is_whole: bool,
) -> Iterator[Assignment]:
    """Those that are there for readers; behind such as are not, a larger piece is read."""
    while True:
        queried = each(
            Assignment,
            pk,
            index=index,
            sort=getattr(Assignment, f"gsi{index}sk").between(*stretch),
            start=start,
            page_size=page_size,
            attributes=None if is_whole else SUMMARY,
        )
        rows = list(islice(queried, page_size))
        hidden = load_hidden(actor, [row.assignment_id for row in rows])
        yield from (row for row in rows if row.assignment_id not in hidden)
        if len(rows) < page_size:
            return
        start = start_after(rows[-1], index)
        page_size = AT_ONCE if hidden else page_size
