"""What can have happened to files. Each is a fact about the thing that the file belongs to."""

from dataclasses import dataclass
from typing import Any

from media.meters import UPLOAD_BYTES, UPLOADS
from prework.events import Audience, Event, Measured

FILE = {
    "file_id": "its id",
    "file_name": "its name, as whoever uploaded it has it",
    "file_size": "its bytes",
    "mime_type": "its type",
    "checksum_sha256": "the SHA-256 that was announced, in base64, if one was",
    "key": "where it is in the bucket",
    "user_id": "who uploaded it",
}

QUARANTINE = {**FILE, "finding": "what the scanner calls it, or why it could not look"}


@dataclass(frozen=True, kw_only=True)
class FileUploaded(Event):
    """A file was confirmed. `owner_type` and `entity_id` name what it belongs to."""

    code = "file.uploaded"
    entity_type = "media"
    sentence = "uploaded {file_name}"
    new_fields = FILE

    owner_type: str
    user_id: str

    @property
    def target_type(self) -> str:
        return self.owner_type

    def audiences(self) -> list[Audience]:
        return [Audience(self.owner_type, self.entity_id), Audience("user", self.user_id)]

    def data(self) -> dict[str, Any]:
        return {name: self.new_values[name] for name in ("file_id", "file_name", "file_size")}

    def measured(self) -> list[Measured]:
        beside = {"EntityType": self.owner_type, "EntityId": self.entity_id}
        size = self.new_values["file_size"]
        return [Measured(UPLOADS.name, 1, beside), Measured(UPLOAD_BYTES.name, size, beside)]


@dataclass(frozen=True, kw_only=True)
class FileDeleted(Event):
    """A file was removed. `owner_type` and `entity_id` name what it belonged to."""

    code = "file.deleted"
    entity_type = "media"
    sentence = "deleted {file_name}"
    old_fields = FILE

    owner_type: str

    @property
    def target_type(self) -> str:
        return self.owner_type

    def audiences(self) -> list[Audience]:
        return [Audience(self.owner_type, self.entity_id)]

    def data(self) -> dict[str, Any]:
        return {name: self.old_values[name] for name in ("file_id", "file_name")}


@dataclass(frozen=True, kw_only=True)
class QuarantineEvent(Event):
    """Something of a file that nobody gets: `entity_id` is its own, and its uploader is told."""

    entity_type = "media"

    user_id: str

    def audiences(self) -> list[Audience]:
        return [Audience("user", self.user_id)]

    def data(self) -> dict[str, Any]:
        about = {**self.old_values, **self.new_values}
        return {name: about[name] for name in ("file_id", "file_name", "finding")}


@dataclass(frozen=True, kw_only=True)
class FileQuarantined(QuarantineEvent):
    """The scanner found something in an upload, or could not look through it; nobody gets it."""

    code = "file.quarantined"
    sentence = "put {file_name} in quarantine: {finding}"
    new_fields = QUARANTINE


@dataclass(frozen=True, kw_only=True)
class FileReleased(QuarantineEvent):
    """Staff let a file out of quarantine: `file.uploaded` tells of it, too."""

    code = "file.released"
    sentence = "released {file_name} from quarantine: {finding}"
    old_fields = QUARANTINE


@dataclass(frozen=True, kw_only=True)
class QuarantineRemoved(QuarantineEvent):
    """A file in quarantine was removed: by its uploader or staff, or when its time was over."""

    code = "file.quarantine_removed"
    sentence = "removed {file_name} from quarantine: {finding}"
    old_fields = QUARANTINE


@dataclass(frozen=True, kw_only=True)
class QuotaEvent(Event):
    """Something about how many bytes a user or the organisation holds, and may hold."""

    entity_type = "quota"

    owner: str

    def data(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True, kw_only=True)
class QuotaGranted(QuotaEvent):
    """Staff let a user or the organisation hold more or fewer bytes than the default."""

    code = "quota.granted"
    sentence = "granted the {owner} {granted_bytes} bytes beside the default"
    old_fields = new_fields = {
        "granted_bytes": "how many bytes beside the default, before and now"
    }


@dataclass(frozen=True, kw_only=True)
class QuotaMended(QuotaEvent):
    """A quota was put right: it had not been what the records of files hold."""

    code = "quota.mended"
    sentence = "mended the quota of the {owner}"
    old_fields = new_fields = {
        "held_bytes": "how many bytes are held",
        "charged_bytes": "the same, less what is granted beside the default",
    }
