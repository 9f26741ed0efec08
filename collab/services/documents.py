"""Documents as a whole: begin one, archive it, bring it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collab import queries
from collab.engine.bodies import write_body
from collab.engine.commits import title_of
from collab.engine.contents import check_values, new_replica
from collab.engine.marks import Author, Touch
from collab.engine.paths import FIELDS
from collab.engine.refusals import Code, Refused
from collab.engine.replica import Replica
from collab.errors import AlreadyExists, DocumentTooLarge
from collab.events import (
    DocumentArchived,
    DocumentCreated,
    DocumentRestored,
    DocumentSessionsEnded,
)
from collab.models import (
    METADATA,
    STATE,
    Document,
    State,
    document_key,
    document_ref,
)
from collab.roles import ENTITY_TYPES, SUBMISSION
from collab.services.contents import DocumentView, read_document
from prework import clock
from prework.changes import Change, retry_stale
from prework.dynamo import find
from prework.errors import FieldError, NotFound, Stale, ValidationFailed
from prework.ids import new_id
from prework.tenancy import Actor

ARCHIVE = "checklist.create"


def create_document(
    *,
    actor: Actor,
    entity_type: str,
    entity_id: str | None = None,
    team_id: str | None = None,
    checklist_id: str | None = None,
    content: Any = None,
) -> DocumentView:
    """Begin a document; a submission begins with the items of its checklist."""
    actor.require_writable()  # the body is written before the Change, which would refuse it
    actor.require(ENTITY_TYPES[entity_type])
    if entity_type != SUBMISSION:
        checklist_id = None
    with _content_refusals():
        check_values(content)
    filled = content
    if checklist_id is not None:
        checklist = read_document(actor=actor, entity_type="checklist", entity_id=checklist_id)
        filled = _with_items(content, checklist.content)
        team_id = team_id or checklist.document.team_id
    if team_id is not None:
        queries.check_home(actor, team_id)
    document = _new_document(actor, entity_type, entity_id or new_id(), team_id, checklist_id)
    if find(Document, document.pk, METADATA) is not None:
        raise AlreadyExists
    replica = _new_replica(actor, document, filled)
    state = _new_state(document, replica)
    write_body(document.ref, state.body_id, replica)
    with Change(actor=actor) as change:
        change.put(document, otherwise=AlreadyExists)
        change.put(state, otherwise=AlreadyExists)
        change.record(DocumentCreated(**_about(document), new_values=_recorded(document)))
    return DocumentView(
        document=document,
        version=0,
        epoch=state.epoch,
        content=replica.content(),
        last_modified=state.last_modified,
        modified_by=state.modified_by,
    )


@retry_stale
def archive_document(*, actor: Actor, entity_type: str, entity_id: str) -> None:
    """Close a document for everybody; it can be brought back."""
    document = queries.access_document(actor, entity_type, entity_id)
    _require_owner(actor, document)
    if actor.if_match:
        actor.check_match(_state(document).etag)
    now = clock.to_text(clock.now())
    unlisted = [getattr(Document, name).remove() for name in document.index_keys]
    with Change(actor=actor) as change:
        change.update(document, Document.archived_at.set(now), *unlisted)
        change.adjust(State, document.pk, STATE, State.archived_at.set(now))
        change.record(DocumentArchived(**_about(document)))


@retry_stale
def restore_document(*, actor: Actor, entity_type: str, entity_id: str) -> DocumentView:
    """Bring an archived document back under a new epoch; one that is not archived stays as is."""
    document = queries.access_stored_document(actor, entity_type, entity_id)
    _require_owner(actor, document)
    if document.archived_at:
        state = _state(document)
        listed = [getattr(Document, name).set(text) for name, text in document.index_keys.items()]
        with Change(actor=actor) as change:
            change.update(document, Document.archived_at.remove(), *listed)
            change.adjust(
                State,
                document.pk,
                STATE,
                State.archived_at.remove(),
                State.epoch.set(new_id()),
                State.epoch_version.set(state.version),
                condition=State.version == state.version,
                otherwise=Stale,
            )
            change.record(DocumentRestored(**_about(document)))
    return read_document(actor=actor, entity_type=entity_type, entity_id=entity_id)


def end_live_sessions(*, actor: Actor, entity_type: str, entity_id: str) -> None:
    """Send everybody out of a document, within seconds and on every server; they may come back.

    The mark is in the store, where each hub looks: no message has to arrive.
    """
    actor.require("user.manage")
    document = queries.access_document(actor, entity_type, entity_id)
    now = clock.to_text(clock.now())
    with Change(actor=actor) as change:
        change.adjust(State, document.pk, STATE, State.sessions_ended_at.set(now))
        change.record(DocumentSessionsEnded(**_about(document)))


def _with_items(content: Any, checklist: dict[str, Any]) -> Any:
    if content is None:
        content = {}
    items = content.get("items", {}) if isinstance(content, dict) else None
    if not isinstance(items, dict):
        return content  # refused later, as any such content
    return {**content, "items": {**checklist.get("items", {}), **items}}


def _new_document(
    actor: Actor, entity_type: str, entity_id: str, team_id: str | None, checklist_id: str | None
) -> Document:
    ref = document_ref(actor, entity_type, entity_id)
    document = Document(
        document_key(ref),
        METADATA,
        **ref._asdict(),
        team_id=team_id,
        checklist_id=checklist_id,
        created_at=clock.to_text(clock.now()),
        created_by=actor.user_id,
    )
    for name, text in document.index_keys.items():
        setattr(document, name, text)
    return document


def _new_replica(actor: Actor, document: Document, content: Any) -> Replica:
    created_at = clock.from_text(document.created_at)
    author = Author(actor.user_id, actor.session_id)
    touch = Touch(0, author, round(created_at.timestamp() * 1000))
    with _content_refusals():
        return new_replica(content, touch, epoch=new_id())


@contextmanager
def _content_refusals() -> Iterator[None]:
    """What the engine refuses in content, as a caller is told."""
    try:
        yield
    except Refused as refused:
        if refused.code is Code.TOO_LARGE:
            raise DocumentTooLarge(f"{refused.detail}.") from None
        error = FieldError("content", refused.code.value, f"{refused.detail}.")
        raise ValidationFailed([error]) from None


def _new_state(document: Document, replica: Replica) -> State:
    return State(
        document.pk,
        STATE,
        version=0,
        epoch=replica.epoch,
        body_id=new_id(),
        last_modified=document.created_at,
        modified_by=document.created_by,
        title=title_of(replica.nodes[FIELDS].value),
    )


def _require_owner(actor: Actor, document: Document) -> None:
    if document.created_by != actor.user_id:
        actor.require(ARCHIVE)


def _state(document: Document) -> State:
    state = find(State, document.pk, STATE)
    if state is None:
        raise NotFound
    return state


def _about(document: Document) -> dict[str, Any]:
    return {
        "entity_id": document.entity_id,
        "document_type": document.entity_type,
        "team_id": document.team_id,
    }


def _recorded(document: Document) -> dict[str, Any]:
    submission = {"checklist_id": document.checklist_id} if document.checklist_id else {}
    return {"entity_type": document.entity_type, "team_id": document.team_id, **submission}
