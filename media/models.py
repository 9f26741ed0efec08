"""Files that people have uploaded, and uploads that have been begun.

| question | index, key | function |
|---|---|---|
| this file | `O#MEDIA#<id>` / `METADATA` | `access_media` |
| a user's files, newest first, and uploads in progress | GSI1 `O#USER#<id>` / `MEDIA#<id>` | `list_user_media` |
| the files of a document, team or user, newest first | GSI2 `O#ENTITY#<type>#<id>` / `MEDIA#<id>`, from the confirmation on | `list_entity_media` |
| whether somebody renders this picture, or it was refused | sessions `O#RENDITION#<id>` / `<version>#<picture>` | `render` |
| uploads whose time is over, confirmed or not, oldest first | GSI3 `PENDING#<0..15>` / `<expiresAt>#<id>`, gone once swept | the sweep |
| quarantined files, newest first, for staff | GSI2 `O#QUARANTINE` / `MEDIA#<id>` | the admin |
| quarantined files whose time is over | GSI3 as those of uploads | the sweep |
| uploads that are to be scanned, what waits longest first | GSI3 `SCANNING#<0..3>` / `<due>#<id>` | the job that scans |
| how many bytes an organisation and its users hold | `O#QUOTA` / `ORGANIZATION`, `USER#<id>` | `load_usage`, `list_quotas` |
"""  # noqa: E501  a table row is one line

import hashlib
from typing import Any

from django.conf import settings
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import cdn, ids, objects, tables
from prework.dynamo import Item
from prework.tenancy import Actor, key

# A file is pending until it was confirmed, is scanned where there is a scanner, and then either
# completed, which is the only state that gives out bytes, or quarantined.
PENDING, SCANNING, COMPLETED, QUARANTINED = "pending", "scanning", "completed", "quarantined"
PENDING_SHARDS, SCANNING_SHARDS = 16, 4
METADATA = "METADATA"
# What `/cdn/` renders. SVG is no image here but a program.
IMAGE_TYPES = frozenset(
    f"image/{name}" for name in ("avif", "gif", "jpeg", "jpg", "png", "tiff", "webp")
)
ID_LENGTH = len(ids.new_id())
THUMBNAIL = 300  # each side, in pixels


class Media(Item, table=tables.MEDIA):
    """A file: to what it belongs, what it is, and the version of the object that is served."""

    file_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    entity_type = UnicodeAttribute()
    entity_id = UnicodeAttribute()
    file_name = UnicodeAttribute()
    s3_key = UnicodeAttribute()
    s3_version_id = UnicodeAttribute(null=True)
    mime_type = UnicodeAttribute()
    file_size = NumberAttribute(null=True)
    checksum_sha256 = UnicodeAttribute(null=True)
    upload_status = UnicodeAttribute(default=PENDING)
    charged_bytes = NumberAttribute(default=0)  # what the quotas hold for it
    upload_id = UnicodeAttribute(null=True)  # S3's, of one that comes in parts
    part_size = NumberAttribute(null=True)
    checksum_algorithm = UnicodeAttribute(null=True)  # of the parts: "sha256", if each has one
    confirmed_by = UnicodeAttribute(null=True)  # of one that is scanned: who, and from where
    confirmed_at = UnicodeAttribute(null=True)
    scan_tries = NumberAttribute(null=True)  # how often the scanner began with it in vain
    finding = UnicodeAttribute(null=True)  # what the scanner found in a quarantined one
    created_at = UnicodeAttribute()
    completed_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)  # of a pending one
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute(null=True)
    gsi3sk = UnicodeAttribute(null=True)

    @property
    def is_completed(self) -> bool:
        """Whether the file was confirmed, and can be had."""
        return self.upload_status == COMPLETED

    @property
    def part_count(self) -> int:
        """In how many parts it comes."""
        return -(-int(self.file_size) // int(self.part_size))

    @property
    def max_bytes(self) -> int:
        """How large it may be, by the way it comes."""
        return upload_limit(in_parts=bool(self.upload_id))

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit trail shows of a file."""
        return {
            "file_id": self.file_id,
            "file_name": self.file_name,
            "file_size": self.file_size,
            "mime_type": self.mime_type,
            "checksum_sha256": self.checksum_sha256,
            "key": self.s3_key,
            "user_id": self.user_id,
        }

    @property
    def download_url(self) -> str | None:
        """A short-lived link to the very version that was confirmed."""
        if not self.is_completed or self.s3_version_id is None:
            return None
        return objects.signed_get(
            self.s3_key,
            version_id=self.s3_version_id,
            file_name=self.file_name,
            content_type=self.mime_type,
        )

    @property
    def is_image(self) -> bool:
        """Whether it is there, and of a type that is rendered; by its name, not by its bytes."""
        is_there = self.is_completed and self.s3_version_id is not None
        return is_there and essence(self.mime_type) in IMAGE_TYPES

    @property
    def is_portrait(self) -> bool:
        """Whether it is a picture of whoever uploaded it, that can be rendered."""
        is_own = (self.entity_type, self.entity_id) == ("user", self.user_id)
        return is_own and essence(self.mime_type) in IMAGE_TYPES

    @property
    def thumbnail_url(self) -> str | None:
        """The guide's small picture of an image, as `/cdn/` renders it; none of anything else."""
        if not self.is_image:
            return None
        return cdn.image_url(self.s3_key, self.s3_version_id, width=THUMBNAIL, height=THUMBNAIL)


class RenditionRow(Item, table=tables.SESSIONS):
    """Until when somebody renders a picture; or why the image, of this version, is refused."""

    held_by = UnicodeAttribute(null=True)
    until = NumberAttribute()  # milliseconds since 1970
    refusal = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


def upload_limit(*, in_parts: bool = False) -> int:
    """How many bytes a file may have: no more than the scanner takes, where there is one."""
    most: int = settings.MAX_MULTIPART_BYTES if in_parts else settings.MAX_UPLOAD_BYTES
    return most if settings.SCANNER == "none" else min(most, settings.SCAN_MAX_BYTES)


class PendingUpload(Media, table=tables.MEDIA):
    """The same item before it is confirmed, when it is nobody's action yet (`UNAUDITED`)."""


class Quota(Item, table=tables.MEDIA):
    """How many bytes an organisation or a user holds, and what staff granted beside the usual."""

    # A condition of the store compares and does not calculate: charged are those held less those
    # granted, to be compared with the default. The moves tell whether it has changed.
    organization_id = UnicodeAttribute()
    user_id = UnicodeAttribute(null=True)  # of a user's own; without one it is the organisation's
    held_bytes = NumberAttribute(default=0)
    granted_bytes = NumberAttribute(default=0)
    charged_bytes = NumberAttribute(default=0)
    moves = NumberAttribute(default=0)

    @property
    def owner(self) -> str:
        """Whose it is: `user` or `organization`."""
        return "user" if self.user_id else "organization"

    @property
    def limit_bytes(self) -> int | None:
        """How many it may hold; `None` for any number."""
        default = default_limit(self.user_id)
        return max(0, default + int(self.granted_bytes)) if default else None

    @property
    def left_bytes(self) -> int | None:
        """How many it may still take."""
        limit = self.limit_bytes
        return None if limit is None else max(0, limit - int(self.held_bytes))

    @property
    def etag(self) -> str:
        """It changes with what is granted, not with what is uploaded meanwhile."""
        return f'"{int(self.granted_bytes)}"'


def default_limit(user_id: str | None) -> int:
    """What a user, or the organisation, may hold without a grant; 0 for any number of bytes."""
    limit: int = settings.USER_QUOTA_BYTES if user_id else settings.ORGANIZATION_QUOTA_BYTES
    return limit


def quotas_key(actor: Actor) -> str:
    """The partition of an organisation's quotas."""
    return actor.key("QUOTA")


def quota_sort(user_id: str | None) -> str:
    """The place of a user's quota in it, or of the organisation's own."""
    return key("USER", user_id) if user_id else "ORGANIZATION"


def new_quota(actor: Actor, user_id: str | None) -> Quota:
    """One that holds nothing yet, as all are until something is begun."""
    return Quota(
        quotas_key(actor),
        quota_sort(user_id),
        organization_id=actor.organization_id,
        user_id=user_id,
    )


def essence(mime_type: str) -> str:
    """A media type without its parameters."""
    return mime_type.partition(";")[0].strip().lower()


def media_key(actor: Actor, file_id: str) -> str:
    """The partition of a file."""
    return actor.key("MEDIA", file_id)


def user_key(actor: Actor, user_id: str) -> str:
    """The partition in GSI1 of what a user uploaded."""
    return actor.key("USER", user_id)


def entity_key(actor: Actor, entity_type: str, entity_id: str) -> str:
    """The partition in GSI2 of what belongs to an entity."""
    return actor.key("ENTITY", entity_type, entity_id)


def sort_key(file_id: str) -> str:
    """The place of a file in GSI1 and GSI2: by the time it was begun."""
    return key("MEDIA", file_id)


def pending_keys(file_id: str, expires_at: int) -> tuple[str, str]:
    """The place of an upload in GSI3, of every organisation alike: one job sweeps all.

    A confirmed one stays there for the time that something could still be put to its key.
    """
    return pending_shard(int(file_id[-1], 16)), key(str(expires_at), file_id)


def quarantine_key(actor: Actor) -> str:
    """The partition in GSI2 of what is in quarantine."""
    return actor.key("QUARANTINE")


def scanning_keys(file_id: str, due: int) -> tuple[str, str]:
    """The place in GSI3 of an upload that is to be scanned, of every organisation alike."""
    return scanning_shard(int(file_id[-1], 16) % SCANNING_SHARDS), key(str(due), file_id)


def scanning_shard(number: int) -> str:
    """One of the partitions in GSI3 that these are spread over."""
    return key("SCANNING", str(number))


def pending_shard(number: int) -> str:
    """One of the partitions in GSI3 that uploads are spread over, by their ids."""
    return key("PENDING", str(number))


def rendition_key(actor: Actor, file_id: str) -> str:
    """The partition in sessions of what goes on with the pictures of a file."""
    return actor.key("RENDITION", file_id)


def rendition_folder(media: Media) -> str:
    """Where in the bucket the pictures of a file are, whatever its version."""
    return f"renditions/{media.organization_id}/{media.file_id}/"


def version_digest(media: Media) -> str:
    """The version that is served, short, and of letters that any key may have."""
    return hashlib.sha256(str(media.s3_version_id).encode()).hexdigest()[:16]


def parts_of_key(s3_key: str) -> tuple[str, str]:
    """The organisation and the file id that an object's key names, whether there are such."""
    return s3_key.partition("/")[0], s3_key.rpartition("/")[2][:ID_LENGTH]


def object_key(actor: Actor, entity_type: str, entity_id: str, name: str) -> str:
    """The key of the object in S3, laid out as the guide has it, under the organisation."""
    folders = {
        "user": f"users/{entity_id}/profile",
        "team": f"teams/{entity_id}/shared",
    }
    folder = folders.get(entity_type, f"{entity_type}s/{entity_id}/{actor.user_id}")
    return f"{actor.organization_id}/{folder}/{name}"
