"""What media takes and gives on the wire."""

import base64
import binascii
import re
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from prework import cdn
from prework.wire import Choice, Id, Input, Output, PageQuery, Text, Values, Whole

SHA256_BYTES = 32
DIGITS = re.compile(r"[0-9]{1,9}")


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


class UploadUrlInput(Input):
    """An upload to be. `entityId` may be called `submissionId` where it is a submission's."""

    file_name = Text(max_length=255, trim_whitespace=False)
    file_type = Text(max_length=255, trim_whitespace=False, allow_blank=True)
    entity_type = Choice(choices=list(settings.ENTITY_DOORS))
    entity_id = Id(required=False)
    submission_id = Id(required=False)
    file_size = Whole(required=False, min_value=0)
    checksum_sha256 = Sha256(required=False, trim_whitespace=False)

    def validate(self, attrs: Values) -> Values:
        submission_id = attrs.pop("submission_id", None)
        if attrs["entity_type"] == "submission" and submission_id is not None:
            attrs.setdefault("entity_id", submission_id)
            if attrs["entity_id"] != submission_id:
                raise ValidationError({"submissionId": "entityId is another."}, code="ambiguous")
        if "entity_id" not in attrs:
            raise ValidationError({"entityId": "This field is required."}, code="required")
        return attrs


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
    """A file. `downloadUrl` is a short-lived link, null while the file is not confirmed.

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
