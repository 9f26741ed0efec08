"""What can have happened to documents as a whole. Operations are their own history."""

from dataclasses import dataclass
from typing import Any

from prework.events import Audience, Event


@dataclass(frozen=True, kw_only=True)
class DocumentEvent(Event):
    """Something about a document; who has it open and its team are told."""

    entity_type = "document"
    document_type: str
    team_id: str | None = None

    @property
    def target_type(self) -> str:
        return self.document_type

    def audiences(self) -> list[Audience]:
        team = [Audience("team", self.team_id)] if self.team_id else []
        return [Audience(self.document_type, self.entity_id), *team]

    def data(self) -> dict[str, Any]:
        return {"team_id": self.team_id}


@dataclass(frozen=True, kw_only=True)
class DocumentCreated(DocumentEvent):
    """A document began."""

    code = "document.created"
    sentence = "created the {document_type} {entity_id}"
    new_fields = {
        "entity_type": "which type of document",
        "team_id": "whose it is, if it is a team's",
        "checklist_id": "the checklist that a submission fills in",
    }


@dataclass(frozen=True, kw_only=True)
class DocumentArchived(DocumentEvent):
    """A document was closed; nothing of it is lost."""

    code = "document.archived"
    sentence = "archived the {document_type} {entity_id}"


@dataclass(frozen=True, kw_only=True)
class DocumentRestored(DocumentEvent):
    """An archived document was opened again, under a new epoch."""

    code = "document.restored"
    sentence = "restored the {document_type} {entity_id}"


@dataclass(frozen=True, kw_only=True)
class DocumentSessionsEnded(DocumentEvent):
    """Everybody who had a document open was sent out of it; they may come back."""

    code = "document.sessions_ended"
    sentence = "ended all live sessions on the {document_type} {entity_id}"
