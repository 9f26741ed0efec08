"""Reading documents: the door of one, the lists of many, and who has one open."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from collab.models import (
    METADATA,
    STATE,
    Document,
    DocumentRef,
    Presence,
    State,
    document_key,
    document_ref,
    presence_key,
    team_list_key,
)
from collab.roles import ENTITY_TYPES
from prework import clock
from prework.dynamo import Page, StartKey, each, fetch, find
from prework.errors import NotFound, PermissionDenied, Problem
from prework.events import Audience
from prework.history import list_events
from prework.tenancy import Actor, key
from teams.queries import TeamAccess, access_team, list_team_ids, load_teams

WRITE = "checklist.edit"
READ_ALL = "team.update"
HERE = timedelta(seconds=90)
AT_ONCE = 100  # what one BatchGetItem takes


@dataclass(frozen=True)
class DocumentSummary:
    """A document in a list: all but what it holds."""

    document: Document
    state: State


def access_document(
    actor: Actor, entity_type: str, entity_id: str, *, to_write: bool = False
) -> Document:
    """A document, if the actor may read it (and write to it).

    `NotFound` for one that is unknown, archived or of a private team, else `PermissionDenied`.
    """
    document = access_stored_document(actor, entity_type, entity_id)
    if document.archived_at:
        raise NotFound
    if to_write:
        check_writer(actor)
    return document


def check_writer(actor: Actor) -> None:
    """Refuse those who may only watch a document that they may read."""
    actor.require_writable()
    actor.require(WRITE)


def load_access(
    actor: Actor, entity_type: str, entity_ids: Collection[str]
) -> dict[str, Document | Problem]:
    """Each of these documents, or why the actor may not read it, in one or two reads for all."""
    ids = list(dict.fromkeys(entity_ids))
    refs = [document_ref(actor, entity_type, one) for one in ids]
    documents = fetch(*[(Document, document_key(ref), METADATA) for ref in refs])
    team_ids = {document.team_id for document in documents if document and document.team_id}
    asked = load_teams(actor, team_ids) if team_ids and not actor.may(READ_ALL) else []
    teams = {access.team.team_id: access for access in asked}
    return {
        one: _judged(actor, document, teams) for one, document in zip(ids, documents, strict=True)
    }


def _judged(
    actor: Actor, document: Document | None, teams: Mapping[str, TeamAccess]
) -> Document | Problem:
    if document is None or document.archived_at:
        return NotFound()
    if document.team_id is None or actor.may(READ_ALL):
        return document
    access = teams.get(document.team_id)
    if access is None or not access.is_visible:
        return NotFound()
    try:
        access.require_insider()
    except PermissionDenied as problem:
        return problem
    return document


def access_stored_document(actor: Actor, entity_type: str, entity_id: str) -> Document:
    """The same for reading, archived ones too: for who would bring one back."""
    if entity_type not in ENTITY_TYPES:
        raise NotFound
    ref = document_ref(actor, entity_type, entity_id)
    document = find(Document, document_key(ref), METADATA)
    if document is None:
        raise NotFound
    if document.team_id:
        check_team(actor, document.team_id)
    return document


def check_team(actor: Actor, team_id: str) -> None:
    """Refuse those whom the documents of a team do not concern: they are not in it."""
    if not actor.may(READ_ALL):
        access_team(actor, team_id).require_insider()


def check_home(actor: Actor, team_id: str) -> None:
    """Refuse a team that no new document can belong to: unknown, archived, or not one's own."""
    access = access_team(actor, team_id)
    if not actor.may(READ_ALL):
        access.require_insider()
    access.require_active()


def list_documents(
    actor: Actor,
    *,
    limit: int,
    start: StartKey,
    entity_type: str | None = None,
    team_id: str | None = None,
) -> Page:
    """The documents that the actor may read, by type and id."""
    types = [entity_type] if entity_type else sorted(ENTITY_TYPES)
    after = start or {"type": "", "id": ""}
    partitions = {one: _partitions(actor, one, team_id) for one in types if one >= after["type"]}
    named = (
        document
        for one, keys in partitions.items()
        for document in _merged(keys, after["id"] if one == after["type"] else "", limit + 1)
    )
    found = list(islice(_with_states(named, limit + 1), limit + 1))
    page = Page(found[:limit])
    if len(found) > limit:
        last = found[limit - 1].document
        page.next_start = {"type": last.entity_type, "id": last.entity_id}
    return page


def list_sessions(actor: Actor, entity_type: str, entity_id: str) -> list[Presence]:
    """Who has a document open now, in the order they came."""
    rows = load_presences(access_document(actor, entity_type, entity_id).ref)
    return sorted((row for row in rows if is_here(row)), key=lambda row: row.joined_at)


def load_presences(ref: DocumentRef) -> list[Presence]:
    """The records of all connections to a document, also those that died without a word."""
    return list(each(Presence, presence_key(ref)))


def is_here(presence: Presence) -> bool:
    """Whether the process that holds a connection has said so of late."""
    return presence.seen_at > clock.to_text(clock.now() - HERE)


def load_states(refs: Sequence[DocumentRef]) -> dict[DocumentRef, State | None]:
    """Where documents are in the store now, archived ones too."""
    states: list[State | None] = []
    for position in range(0, len(refs), AT_ONCE):
        batch = refs[position : position + AT_ONCE]
        states += fetch(*[(State, document_key(ref), STATE) for ref in batch])
    return dict(zip(refs, states, strict=True))


def list_document_events(
    actor: Actor, entity_type: str, entity_id: str, *, limit: int, start: StartKey
) -> Page:
    """What has happened to a document as a whole, newest first."""
    access_document(actor, entity_type, entity_id)
    return list_events(actor, Audience(entity_type, entity_id), limit=limit, start=start)


Partition = tuple[int, str]


def _partitions(actor: Actor, entity_type: str, team_id: str | None) -> list[Partition]:
    """The index partitions that hold what the actor may read."""
    ref = document_ref(actor, entity_type, "")
    if actor.may(READ_ALL):
        if team_id is None:
            return [(2, key("ORG", actor.organization_id, entity_type))]
        return [(1, team_list_key(ref, team_id))]
    own: list[str | None] = [*list_team_ids(actor, actor.user_id)]
    wanted = [None, *own] if team_id is None else [one for one in own if one == team_id]
    return [(1, team_list_key(ref, one)) for one in wanted]


def _merged(partitions: Iterable[Partition], after: str, page_size: int) -> Iterator[Document]:
    rows = [_rows(index, pk, after, page_size) for index, pk in partitions]
    return heapq.merge(*rows, key=lambda document: document.entity_id)


def _rows(index: int, pk: str, after: str, page_size: int) -> Iterator[Document]:
    sort_key = Document.gsi1sk if index == 1 else Document.gsi2sk
    sort = sort_key > after if after else None
    return each(Document, pk, index=index, sort=sort, page_size=page_size)


def _with_states(named: Iterator[Document], page_size: int) -> Iterator[DocumentSummary]:
    """The documents with their states, without those that the index has but that are archived."""
    while documents := list(islice(named, min(page_size, AT_ONCE))):
        states = fetch(*[(State, document.pk, STATE) for document in documents])
        for document, state in zip(documents, states, strict=True):
            if state is not None and not state.archived_at:
                yield DocumentSummary(document, state)
