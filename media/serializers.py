"""What media takes and gives on the wire."""

import base64
import binascii
import re
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from prework import cdn
from prework.wire import Choice, Id, Input, Many, Output, PageQuery, Text, Values, Whole

SHA256_BYTES = 32
DIGITS = re.compile(r"[0-9]{1,9}")
MAX_PARTS = 10_000  # of S3
MAX_SIGNED_AT_ONCE = 100
PART_NUMBER = re.compile(r"[1-9][0-9]{0,4}")


class Sha256(Text):
    """The base64 of 32 bytes, in its one canonical spelling, as S3 wants it."""

    default_error_messages = {"checksum": "Give the base64 of the 32 bytes of a SHA-256."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self.fail("checksum")
        if len(raw) != SHA256_BYTES or base64.b64encode(raw).decode() != text:
            self.fail("checksum")
        return text


class UploadInput(Input):
    """An upload to be. `entityId` may be called `submissionId` where it is a submission's."""

    file_name = Text(max_length=255, trim_whitespace=False)
    file_type = Text(max_length=255, trim_whitespace=False, allow_blank=True)
    entity_type = Choice(choices=list(settings.ENTITY_DOORS))
    entity_id = Id(required=False)
    submission_id = Id(required=False)

    def validate(self, attrs: Values) -> Values:
        submission_id = attrs.pop("submission_id", None)
        if attrs["entity_type"] == "submission" and submission_id is not None:
            attrs.setdefault("entity_id", submission_id)
            if attrs["entity_id"] != submission_id:
                raise ValidationError({"submissionId": "entityId is another."}, code="ambiguous")
        if "entity_id" not in attrs:
            raise ValidationError({"entityId": "This field is required."}, code="required")
        return attrs


class UploadUrlInput(UploadInput):
    """An upload in one piece. What is given of size and checksum, the body has to have."""

    file_size = Whole(required=False, min_value=0)
    checksum_sha256 = Sha256(required=False, trim_whitespace=False)


class UploadUrlOutput(Output):
    """Where and how to put the file. `headers` are exactly those that the client has to send."""

    upload_url = Text(max_length=None)
    key = Text()
    file_id = Id()
    method = Text()
    headers = serializers.DictField(child=Text())
    expires_in = Whole()


class ConfirmUploadInput(Input):
    """Which upload is done."""

    file_id = Id()
    key = Text(trim_whitespace=False)


class MultipartInput(UploadInput):
    """An upload in parts. With `checksumAlgorithm` each part is put with its SHA-256."""

    file_size = Whole(min_value=0)
    checksum_algorithm = Choice(choices=["sha256"], required=False)


class MultipartOutput(Output):
    """How the file is to be cut: `partCount` parts of `partSize` bytes, the last as it comes."""

    file_id = Id()
    key = Text()
    upload_id = Text()
    part_size = Whole()
    part_count = Whole()


class PartNumber(Whole):
    """Which part, from 1 on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_PARTS, **options)


class Checksums(serializers.DictField):
    """Checksums by the numbers of parts. Too many are refused before any is looked at."""

    default_error_messages = {"max_length": "Give no more than {max_length} checksums."}

    def to_internal_value(self, data: Any) -> Values:
        if isinstance(data, dict) and len(data) > MAX_SIGNED_AT_ONCE:
            self.fail("max_length", max_length=MAX_SIGNED_AT_ONCE)
        return super().to_internal_value(data)


class PartsInput(Input):
    """Which parts are to be signed; `checksums` has the SHA-256 of each in base64, by number."""

    part_numbers = Many(
        child=PartNumber(), allow_empty=False, min_length=1, max_length=MAX_SIGNED_AT_ONCE
    )
    checksums = Checksums(child=Sha256(trim_whitespace=False), required=False)

    def validate_checksums(self, given: dict[str, str]) -> dict[int, str]:
        for name in given:
            if not PART_NUMBER.fullmatch(name):
                raise ValidationError({name: "This is not the number of a part."}, code="invalid")
        return {int(name): checksum for name, checksum in given.items()}


class SignedPartOutput(Output):
    """Where and how to put a part. `headers` are exactly those that the client has to send."""

    part_number = Whole()
    url = Text(max_length=None)
    headers = serializers.DictField(child=Text())


class SignedPartsOutput(Output):
    """The parts, in the order asked for. Their URLs are good for `expiresIn` seconds."""

    parts = SignedPartOutput(many=True)
    expires_in = Whole()


class FoundPartOutput(Output):
    """A part that S3 has."""

    part_number = Whole()
    etag = Text()
    size = Whole()
    checksum_sha256 = Text(allow_null=True)


class FoundPartsOutput(Output):
    """Every part that S3 has: the others of `partCount` are still to be put."""

    parts = FoundPartOutput(many=True)
    part_size = Whole()
    part_count = Whole()


class PutPartInput(Input):
    """A part that was put, with the ETag that S3 answered."""

    part_number = PartNumber()
    etag = Text(max_length=100)
    # The list of parts may be sent back as it came: there it is null.
    checksum_sha256 = Sha256(required=False, allow_null=True, trim_whitespace=False)


class CompleteMultipartInput(Input):
    """All parts of the file."""

    parts = Many(child=PutPartInput(), max_length=MAX_PARTS)


class MediaQuery(PageQuery):
    """Of what the files are wanted; without it, one's own."""

    entity_type = Choice(choices=list(settings.ENTITY_DOORS), required=False)
    entity_id = Id(required=False)

    def validate(self, attrs: Values) -> Values:
        for name, other in (("entityType", "entity_id"), ("entityId", "entity_type")):
            if other in attrs and len(attrs) == 1:
                raise ValidationError({name: "This field is required."}, code="required")
        return attrs


class Digits(Whole):
    """A whole number, as a query has it."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not DIGITS.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(int(data))


class ImageUrlQuery(Input):
    """What an image is wanted as: cut to `w` and `h` or contained in them, and never larger."""

    w = Digits(source="width", required=False, min_value=1, max_value=cdn.MAX_SIDE)
    h = Digits(source="height", required=False, min_value=1, max_value=cdn.MAX_SIDE)
    fit = Choice(choices=cdn.FITS, required=False)
    format = Choice(choices=cdn.FORMATS, required=False)
    q = Digits(source="quality", required=False, min_value=1, max_value=cdn.MAX_QUALITY)


class ImageUrlOutput(Output):
    """Where it is, for whoever has the URL, until the end of the next UTC day."""

    url = Text(max_length=None)
    expires_at = Text()


class MediaOutput(Output):
    """A file. `downloadUrl` is a short-lived link, null of what is not `completed`: not confirmed
    yet, looked through by a scanner, or put in quarantine by it.

    `thumbnailUrl` is a small WebP of an image, null of anything else.
    """

    file_id = Id()
    user_id = Id()
    organization_id = Id()
    entity_type = Text()
    entity_id = Id()
    file_name = Text()
    key = Text(source="s3_key")
    file_size = Whole(allow_null=True)
    mime_type = Text()
    checksum_sha256 = Text(allow_null=True)
    upload_status = Choice(choices=["pending", "scanning", "completed", "quarantined", "failed"])
    created_at = Text()
    completed_at = Text(allow_null=True)
    download_url = Text(allow_null=True, max_length=None)
    thumbnail_url = Text(allow_null=True, max_length=None)


class QuotaOutput(Output):
    """How many bytes are held, and may be; `limitBytes` is null for any number."""

    bytes = Whole(source="held_bytes")
    limit_bytes = Whole(allow_null=True)


class UsageOutput(Output):
    """What one's own files, and those of the whole organisation, hold together.

    An upload counts from its start with what it announces, and from its confirmation with what it
    has, until it is deleted, or swept because nobody confirmed it.
    """

    user = QuotaOutput()
    organization = QuotaOutput()
