"""Teams, who is in them, who asks to be, and the work that is assigned.

| question | index and key | function in `queries` |
|---|---|---|
| a team, and how one belongs to it | `O#TEAM#<id>` / `METADATA`, `MEMBER#<user>` | `access_team` |
| the members of a team | `O#TEAM#<id>` / `MEMBER#…` | `list_members` |
| who asks to join it | `O#TEAM#<id>` / `REQUEST#<user>` | `list_requests` |
| who is invited to it | `O#TEAM#<id>` / `INVITE#<id>` | `list_invites`, `find_invite` |
| whether an address is | `O#TEAM#<id>` / `INVITED#<address>` | `find_invited` |
| the organisation's invitations, for staff | GSI1 `O#INVITES` / `<id>` | |
| the organisation's teams | GSI1 `O#TEAMS#<shelf>` / `TEAM#<id>` | `list_teams` |
| the teams of a user | GSI2 `O#USER#<id>` / `TEAM#<id>` | `list_user_teams`, `list_team_ids` |
| an assignment | `O#ASSIGNMENT#<id>` / `METADATA` | `access_assignment` |
| a user's assignments | GSI1 `O#USER#<id>` / `<status>#<due>#<id>` | `list_assignments` |
| a team's assignments | GSI2 `O#TEAM#<id>` / the same | `list_team_assignments` |
| the organisation's assignments | GSI3 `O` / the same | `list_assignments` |
| what falls due in an hour | GSI4 `DUE#<yyyy-mm-dd-hh>#<0..7>` / the same | `each_due` |
| how many are in each status | `O#ASSIGNMENTCOUNTS#<team or ->` / `SHARD#<0..7>` | `summarize_…` |
| many that were assigned at once | `O#ASSIGNMENTBATCH#<id>` / `METADATA`, `PLAN`, `CHUNK#<n>` \
| `load_batches`, `list_chunks` |
| which batch a request has begun | sessions `O#ASSIGNMENTBATCH#<request>` / `POINTER` \
| `find_batch_of_request` |
| batches that are not finished | GSI4 `BATCHES#OPEN` / `<created>#<id>` | `each_open_batch` |
| how far a job has come | `DUE#MARKS` / `<job>` | `reached` |

A shelf is `organization`, `private` or `archived`. GSI4 spans the organisations. It has an
assignment while it is open, has a due date and is not marked overdue, in the hour in which it is
due; one that is due already when it is written, in the hour of that.

The id of an assignment that was made in a batch is `<batch>-<number>`; it is there for readers
when its batch is `committed`.
"""

import re
import zlib
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)

from prework import clock, tables
from prework.dynamo import Item
from prework.tenancy import Actor, key
from teams.roles import ORGANIZATION

METADATA, PLAN, POINTER = "METADATA", "PLAN", "POINTER"
DUE_MARKS, OPEN_BATCHES = "DUE#MARKS", "BATCHES#OPEN"
ARCHIVED = "archived"
UNDATED = "9999"  # sorts behind every due date
STATUS_ORDER = {"in_progress": "1", "assigned": "2", "completed": "3", "cancelled": "4"}
OPEN = ("in_progress", "assigned")
DUE_SHARDS = 8
COUNT_SHARDS = 8
ORGANIZATION_WIDE = "-"  # stands where a team's id would
WRITING, COMMITTED, UNDOING, UNDONE = "writing", "committed", "undoing", "undone"
DONE, VOID = "done", "void"
IN_BATCH = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})-\d{3}")


class TeamSettings(MapAttribute[str, Any]):
    """How a team is found and joined. (`Item` names its own attributes, not a map's.)"""

    visibility = UnicodeAttribute(default=ORGANIZATION)
    allow_member_invites = BooleanAttribute(attr_name="allowMemberInvites", default=True)
    require_approval_for_join = BooleanAttribute(attr_name="requireApprovalForJoin", default=False)
    default_permissions: ListAttribute[str] = ListAttribute(
        attr_name="defaultPermissions", default=list
    )


def team_settings(values: dict[str, Any]) -> TeamSettings:
    """Settings with these values, and the defaults for the others."""
    return TeamSettings(**values)  # type: ignore[no-untyped-call]  # PynamoDB's is untyped


class Team(Item, table=tables.TEAMS):
    """A team. The counts move with the rows that they count, `version` with edits alone."""

    team_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    manager_id = UnicodeAttribute()
    settings = TeamSettings()  # type: ignore[no-untyped-call]  # PynamoDB's is untyped
    is_active = BooleanAttribute(default=True)
    member_count = NumberAttribute()
    lead_count = NumberAttribute()
    count_moves = NumberAttribute(
        default=0
    )  # how often a count was moved: who counts anew sees it
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()


class Member(Item, table=tables.TEAMS):
    """A user in a team; `permissions` are those beyond the role's and the team's defaults."""

    team_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    role = UnicodeAttribute()
    permissions: ListAttribute[str] = ListAttribute(default=list)
    joined_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi2pk = UnicodeAttribute()
    gsi2sk = UnicodeAttribute()


class JoinRequest(Item, table=tables.TEAMS):
    """A user who asks to be let into a team: one at a time for each."""

    team_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    note = UnicodeAttribute(default="")


class Expiring(Item):
    """What counts until a moment; the table has no TTL, so it is there still after that."""

    expires_at = UnicodeAttribute()

    @property
    def is_expired(self) -> bool:
        """Whether it counts no more."""
        return clock.from_text(self.expires_at) <= clock.now()


class Invite(Expiring, table=tables.TEAMS):
    """A mailed way into a team, until it is used or revoked; too old, it can be sent anew."""

    invite_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    team_id = UnicodeAttribute()
    email = UnicodeAttribute()
    role = UnicodeAttribute()
    token_hash = UnicodeAttribute()
    invited_by = UnicodeAttribute()  # who has to be able to invite still when it is used
    created_at = UnicodeAttribute()
    sent_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()


class InvitedAddress(Expiring, table=tables.TEAMS):
    """Which invitation an e-mail address has to a team: there is one for each."""

    invite_id = UnicodeAttribute()


class Assignment(Item, table=tables.ASSIGNMENTS):
    """A checklist that a user or a team is to work through."""

    assignment_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    checklist_id = UnicodeAttribute()
    team_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    due_date = UnicodeAttribute(null=True)
    due_timezone = UnicodeAttribute(null=True)  # the one it was said in
    overdue_at = UnicodeAttribute(null=True)  # when it was found overdue, while it is
    reminded_for = UnicodeAttribute(null=True)  # the due date that its people were reminded of
    priority = UnicodeAttribute()
    note = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute()
    gsi3sk = UnicodeAttribute()
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)

    @property
    def is_overdue(self) -> bool:
        """Whether it is open still, and its due date is past."""
        is_open = self.due_date is not None and self.status in OPEN
        return is_open and self.due_date < clock.to_text(clock.now())

    @property
    def is_summary(self) -> bool:
        """Whether only the summary was read or may be shown: the rest is not there."""
        return self.created_at is None

    def summary(self) -> "Assignment":
        """The assignment as those see it whom it does not concern."""
        return Assignment(
            self.pk,
            self.sk,
            assignment_id=self.assignment_id,
            checklist_id=self.checklist_id,
            status=self.status,
            due_date=self.due_date,
            version=self.version,
        )


class AssignmentCounts(Item, table=tables.ASSIGNMENTS):
    """How many assignments are in each status: a shard of a team's counts, or of all.

    Shards are added up; one by itself can be below zero. `moves` tells whether it has changed
    since it was read. While the organisation's are `unsettled`, assignments are there that not
    every team has counted yet.
    """

    assigned = NumberAttribute(default=0)
    in_progress = NumberAttribute(default=0)
    completed = NumberAttribute(default=0)
    cancelled = NumberAttribute(default=0)
    overdue = NumberAttribute(default=0)
    moves = NumberAttribute(null=True)
    unsettled = NumberAttribute(null=True)  # how many batches of several transactions


class AssignmentBatch(Item, table=tables.ASSIGNMENTS):
    """Many assignments made at once: not there for anybody until `state` is `committed`."""

    batch_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    state = UnicodeAttribute()
    size = NumberAttribute()
    chunk_size = NumberAttribute()
    steps = NumberAttribute()  # transactions that move the counts and tell; the first commits
    settled = NumberAttribute(default=0)  # of these
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    touched_at = UnicodeAttribute()
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)

    @property
    def is_finished(self) -> bool:
        """Whether it is committed, and everything that follows from it is done."""
        return self.state == COMMITTED and self.settled >= self.steps

    @property
    def chunks(self) -> range:
        """The numbers of its chunks."""
        return range(-(-int(self.size) // int(self.chunk_size)))

    def ids(self, chunk: int | None = None) -> list[str]:
        """The ids of its assignments, or of those in one chunk."""
        size, at_once = int(self.size), int(self.chunk_size)
        first = 0 if chunk is None else chunk * at_once
        until = size if chunk is None else min(first + at_once, size)
        return [f"{self.batch_id}-{number:03}" for number in range(first, until)]  # 000 to 999


class AssignmentBatchPlan(Item, table=tables.ASSIGNMENTS):
    """Whom a batch is for, where one transaction cannot tell them all."""

    steps = BinaryAttribute(legacy_encoding=False)


class AssignmentChunk(Item, table=tables.ASSIGNMENTS):
    """A part of a batch that was written (`done`), or may not be any more (`void`)."""

    state = UnicodeAttribute()


class AssignmentBatchPointer(Item, table=tables.SESSIONS):
    """Which batch a request with an idempotency key has begun."""

    batch_id = UnicodeAttribute()
    expires_at = NumberAttribute()


class DueMark(Item, table=tables.ASSIGNMENTS):
    """How far a job has come that walks the hours in which assignments are due."""

    reached = UnicodeAttribute()


SUMMARY = ["assignmentId", "checklistId", "status", "dueDate"]


def team_key(actor: Actor, team_id: str) -> str:
    return actor.key("TEAM", team_id)


def teams_key(actor: Actor, shelf: str) -> str:
    return actor.key("TEAMS", shelf)


def user_key(actor: Actor, user_id: str) -> str:
    return actor.key("USER", user_id)


def team_sort(team_id: str) -> str:
    return key("TEAM", team_id)


def member_sort(user_id: str) -> str:
    return key("MEMBER", user_id)


def request_sort(user_id: str) -> str:
    return key("REQUEST", user_id)


def invite_sort(invite_id: str) -> str:
    return key("INVITE", invite_id)


def invited_sort(normalised_email: str) -> str:
    return key("INVITED", normalised_email)


def invites_key(actor: Actor) -> str:
    return actor.key("INVITES")


def assignment_key(actor: Actor, assignment_id: str) -> str:
    return actor.key("ASSIGNMENT", assignment_id)


def shelf_of(visibility: str, *, is_active: bool) -> str:
    """Which of the organisation's lists a team stands in."""
    return visibility if is_active else ARCHIVED


def assignment_sort(status: str, due: str | None, assignment_id: str) -> str:
    """What is being done first, then what is to be done; the earliest due before the later."""
    return key(STATUS_ORDER[status], due or UNDATED, assignment_id)


def assignment_places(
    actor: Actor,
    *,
    assignment_id: str,
    user_id: str | None,
    team_id: str | None,
    status: str,
    due: str | None,
    is_marked: bool = False,
) -> dict[str, Any]:
    """Where an assignment stands in every index: nowhere, where both keys are `None`.

    One that `is_marked` overdue is looked for no more among those that fall due.
    """
    place = assignment_sort(status, due, assignment_id)
    is_awaited = due and status in OPEN and not is_marked
    partitions = {
        1: user_key(actor, user_id) if user_id else None,
        2: team_key(actor, team_id) if team_id else None,
        3: actor.key(),
        4: _due_key(due, assignment_id) if due and is_awaited else None,
    }
    pks = {f"gsi{number}pk": pk for number, pk in partitions.items()}
    return pks | {f"gsi{number}sk": pk and place for number, pk in partitions.items()}


def _due_key(due: str, assignment_id: str) -> str:
    hour = max(due, clock.to_text(clock.now()))[:13].replace("T", "-")
    return due_key(hour, shard_of(assignment_id, DUE_SHARDS))


def due_key(hour: str, shard: int) -> str:
    return key("DUE", hour, str(shard))


def shard_of(name: str, shards: int) -> int:
    return zlib.crc32(name.encode()) % shards


def batch_of(assignment_id: str) -> str | None:
    """The batch in which an assignment was made, if it was in one."""
    named = IN_BATCH.fullmatch(assignment_id)
    return named[1] if named else None


def batch_key(actor: Actor, batch_id: str) -> str:
    return actor.key("ASSIGNMENTBATCH", batch_id)


def chunk_sort(number: int) -> str:
    return key("CHUNK", f"{number:03}")


def counts_key(actor: Actor, team_id: str | None) -> str:
    return actor.key("ASSIGNMENTCOUNTS", team_id or ORGANIZATION_WIDE)


def count_sort(shard: int) -> str:
    return key("SHARD", str(shard))
