"""Files that the server writes itself, through Django's storage, into the same bucket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from threading import Lock
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from prework import aws
from prework.storage import MEGABYTE
from tests.media.uploads import fetch
from tests.seaweed import SeaweedFs, s3_at

LARGE = 101 * MEGABYTE


@dataclass
class Calls:
    """What a storage asked of S3, and how many parts were on their way together."""

    made: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)

    def begin(self, model: Any, **_: Any) -> None:
        with self.lock:
            self.made.append(model.name)
            self.at_once += model.name == "UploadPart"
            self.most_at_once = max(self.most_at_once, self.at_once)

    def end(self, model: Any, **_: Any) -> None:
        with self.lock:
            self.at_once -= model.name == "UploadPart"


@contextmanager
def counting(alias: str) -> Iterator[Calls]:
    """Count at the hooks of this storage's own client."""
    calls, storage = Calls(), storages[alias]
    events = storage.connection.meta.client.meta.events  # type: ignore[attr-defined]
    events.register("before-call.s3", calls.begin)
    events.register("after-call.s3", calls.end)
    try:
        yield calls
    finally:
        events.unregister("before-call.s3", calls.begin)
        events.unregister("after-call.s3", calls.end)


def test_what_is_saved_can_be_read_and_linked_to() -> None:
    name = default_storage.save("server/report.csv", ContentFile(b"a,b\n1,2\n"))
    try:
        with default_storage.open(name) as file:
            assert file.read() == b"a,b\n1,2\n"
        url = default_storage.url(name)
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
        assert fetch("GET", url).content == b"a,b\n1,2\n"
    finally:
        default_storage.delete(name)
    assert not default_storage.exists(name)


def test_a_file_is_never_written_over() -> None:
    names = [default_storage.save("server/twice.txt", ContentFile(b"x")) for _ in range(2)]
    assert names[0] != names[1]
    for name in names:
        default_storage.delete(name)


def test_it_is_gone_with_every_version() -> None:
    name = default_storage.save("server/gone.txt", ContentFile(b"x"))
    default_storage.delete(name)
    found = aws.s3().list_object_versions(Bucket=settings.MEDIA_BUCKET, Prefix=name)
    assert (found.get("Versions", []), found.get("DeleteMarkers", [])) == ([], [])


def test_a_large_file_goes_up_in_parts_of_10_mb_four_at_a_time(seaweed: SeaweedFs) -> None:
    with s3_at(seaweed.endpoint_url), counting("exports") as calls, TemporaryFile() as file:
        file.truncate(LARGE)  # nothing but zeros, which take no room on the disk
        name = storages["exports"].save("server/large", File(file))
        head = aws.s3().head_object(Bucket=settings.MEDIA_BUCKET, Key=f"exports/{name}")
        storages["exports"].delete(name)
    assert head["ContentLength"] == LARGE
    assert head["ETag"].endswith('-11"')
    assert calls.made.count("UploadPart") == 11
    assert {"CreateMultipartUpload", "CompleteMultipartUpload"} < set(calls.made)
    assert "PutObject" not in calls.made
    assert 1 < calls.most_at_once <= 4


def test_one_of_99_mb_goes_in_one_piece(seaweed: SeaweedFs) -> None:
    with s3_at(seaweed.endpoint_url), counting("exports") as calls, TemporaryFile() as file:
        file.truncate(LARGE - 2 * MEGABYTE)
        name = storages["exports"].save("server/less", File(file))
        storages["exports"].delete(name)
    assert "PutObject" in calls.made
    assert "UploadPart" not in calls.made


def test_of_one_that_breaks_off_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    storage: Any = storages["exports"]
    small = TransferConfig(multipart_threshold=1, multipart_chunksize=5 * MEGABYTE)
    monkeypatch.setattr(storage, "transfer_config", small)
    parts = iter(range(1, 99))

    def fail(**_: Any) -> None:
        if next(parts) > 1:
            raise EndpointConnectionError(endpoint_url="http://s3.invalid")

    events = storage.bucket.meta.client.meta.events
    events.register("before-call.s3.UploadPart", fail)
    try:
        with pytest.raises(EndpointConnectionError):
            storage.save("server/broken", ContentFile(bytes(11 * MEGABYTE)))
    finally:
        events.unregister("before-call.s3.UploadPart", fail)
    prefix = {"Bucket": settings.MEDIA_BUCKET, "Prefix": "exports/server/broken"}
    assert "Versions" not in aws.s3().list_object_versions(**prefix)
    assert "Uploads" not in aws.s3().list_multipart_uploads(**prefix)
