"""Documents in the admin: what they hold, who is in them now, and what was done in them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.http import HttpRequest

from collab import queries
from collab.engine.loader import operations_of
from collab.models import Document, OperationBatch, document_ref, log_key, team_list_key
from collab.roles import ENTITY_TYPES
from collab.services import documents
from collab.services.contents import read_document
from prework.dynamo import each
from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.filters import Choice, Words
from prework.dynamoadmin.options import Asked, Inline, column
from prework.dynamoadmin.sources import Query, Source
from prework.errors import NotFound
from prework.staffsite import SEPARATOR, StaffAdmin, acting, site
from prework.tenancy import Actor, key

SHOWN = 30
TYPES = sorted(ENTITY_TYPES)
TYPE = Choice("type", "type", [(one, one) for one in TYPES], default=TYPES[0])
TEAM = Words("team", "team", note="A team's id; - for those of none.")


def participants(request: HttpRequest, document: Document) -> Sequence[Any]:
    """Who has it open now."""
    if document.archived_at:
        return []
    present = queries.load_presences(document.ref)
    return [one for one in present if queries.is_here(one)]


def last_operations(request: HttpRequest, document: Document) -> Sequence[Any]:
    """What was done last, newest first."""
    rows = each(OperationBatch, log_key(document.ref), newest_first=True, page_size=SHOWN)
    newest_first = (one for row in rows for one in reversed(operations_of(row)))
    return [one.to_wire() for one in islice(newest_first, SHOWN)]


@site.show
class DocumentAdmin(StaffAdmin):
    """A checklist or a submission."""

    model = Document
    app_label = "collab"
    entity_type = "document"
    list_display = ("entity_id", "entity_type", "team_id", "is_archived", "created_at")
    labels = {"entity_id": "Id", "entity_type": "Type", "team_id": "Team"}
    filters = (TYPE, TEAM)
    search_help = "An id (organisation.type.document), or in an organisation its type and id."
    order_column = "entity_id"
    export_columns = ("entity_type", "entity_id", "team_id", "created_at", "created_by")
    fieldsets = (
        (None, ("entity_id", "entity_type", "team_id", "checklist_id", "is_archived")),
        ("Content", ("state", "content")),
        ("More", ("created_at", "created_by")),
    )
    inlines = (
        Inline(
            "Live now",
            (
                ("Name", lambda one: one.user_name),
                ("User", lambda one: one.user_id),
                ("Joined", lambda one: one.joined_at),
                ("Seen", lambda one: one.seen_at),
            ),
            participants,
            empty="Nobody.",
        ),
        Inline(
            "Operations",
            (
                ("Version", lambda one: one["version"]),
                ("Time", lambda one: one["timestamp"]),
                ("By", lambda one: one["userId"]),
                ("What", lambda one: one["type"]),
                ("Path", lambda one: one["path"]),
                ("Value", lambda one: one.get("newValue")),
            ),
            last_operations,
        ),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        organization_id, kind = asked.scope or "", asked.chosen["type"] or TYPES[0]
        newest_first, team_id = asked.newest_first, asked.chosen["team"]
        actor = acting(request, organization_id)
        if team_id:
            ref = document_ref(actor, kind, "")
            pk = team_list_key(ref, team_id)
            return Query(Document, pk, index="GSI1", newest_first=newest_first)
        pk = key("ORG", organization_id, kind)
        return Query(Document, pk, index="GSI2", newest_first=newest_first)

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        if scope is None or text.count(SEPARATOR) == 2:
            ids = [text]
        else:
            ids = [f"{scope}{SEPARATOR}{kind}{SEPARATOR}{text}" for kind in TYPES]
        found = (self.find(request, one) for one in ids)
        return [one for one in found if one is not None]

    def access(self, actor: Actor, thing_id: str) -> Any:
        kind, dot, entity_id = thing_id.partition(SEPARATOR)
        if not dot:
            raise NotFound
        return queries.access_stored_document(actor, kind, entity_id)

    def thing_id(self, obj: Any) -> str:
        return f"{obj.entity_type}{SEPARATOR}{obj.entity_id}"

    def title(self, obj: Any) -> str:
        return f"{obj.entity_type} {obj.entity_id}"

    def find(self, request: HttpRequest, object_id: str) -> Any | None:
        document = super().find(request, object_id)
        if document is not None:
            document.stored_state = queries.load_states([document.ref])[document.ref]
            document.reader = self.actor(request, document)
        return document

    @column("State")
    def state(self, obj: Document) -> Any:
        """Where it is: its version, and who moved it there."""
        names = ("version", "epoch", "last_modified", "modified_by")
        state = getattr(obj, "stored_state", None)
        return {name: getattr(state, name) for name in names} if state else None

    @column("Archived")
    def is_archived(self, obj: Document) -> bool:
        """Whether it is."""
        return bool(obj.archived_at)

    @column("Content")
    def content(self, obj: Document) -> Any:
        """All that it holds."""
        if obj.archived_at:
            return "Archived."
        view = read_document(
            actor=obj.reader,  # type: ignore[attr-defined]  # see `find`
            entity_type=obj.entity_type,
            entity_id=obj.entity_id,
        )
        return view.content

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        return (
            Action(
                "end_sessions",
                "End live sessions",
                self._end_sessions,
                is_for=lambda document: not document.archived_at,
                explanation="Everybody who has it open is sent away, and may come back.",
            ),
        )

    def _end_sessions(self, request: HttpRequest, document: Document, reason: str) -> None:
        documents.end_live_sessions(
            actor=self.actor(request, document, reason),
            entity_type=document.entity_type,
            entity_id=document.entity_id,
        )
