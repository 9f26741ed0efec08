"""Two clients with the same file: ours, by presigned parts, and boto3's own `upload_file`.

Both read it from the disk a piece at a time, cut it in parts of the same size, and have four of
them on their way at once.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from bench.uploads.stage import Stage

MIB = 1024**2
PART, AT_ONCE = 10 * MIB, 4
SIGNED_AT_ONCE = 100
PIECE = MIB  # read and sent at a time
BUCKET = "pre-work-media-uploads"
# What a film begins with: what it is said to be is looked at.
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def make_file(path: Path, size: int) -> None:
    """A film of this size that nothing can be made shorter of."""
    with path.open("wb") as file:
        file.write(HEAD)
        for piece in _sizes(size - len(HEAD), PIECE):
            file.write(os.urandom(piece))


def upload_by_parts(stage: Stage, path: Path) -> None:
    """Through the API: begin, have all parts signed, put them, complete; then it is removed."""
    call, size = stage.site.call, path.stat().st_size
    film = {
        "fileName": "film.mp4",
        "fileType": "video/mp4",
        "fileSize": size,
        "entityType": "user",
        "entityId": stage.user_id,
    }
    begun = call("POST", "/api/media/multipart", film)
    if begun["partSize"] != PART:
        raise RuntimeError(f"The parts are of {begun['partSize']} bytes.")
    where = f"/api/media/multipart/{begun['fileId']}"
    signed = [
        part
        for numbers in _batches(begun["partCount"])
        for part in call("POST", f"{where}/parts", {"partNumbers": numbers})["parts"]
    ]
    with urllib3.PoolManager(maxsize=AT_ONCE) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        put = list(pool.map(lambda part: _put(http, path, part), signed))
    media = call("POST", f"{where}/complete", {"parts": put})
    if (media["fileSize"], media["uploadStatus"]) != (size, "completed"):
        raise RuntimeError(f"The upload became {media}.")


def remove_all(stage: Stage) -> None:
    """Remove what either has left, that the disk and the quota have room again."""
    for media in stage.site.call("GET", "/api/media")["items"]:
        stage.site.call("DELETE", f"/api/media/{media['fileId']}")
    client = _s3(stage)
    for one in client.list_object_versions(Bucket=BUCKET).get("Versions", []):
        client.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])


def upload_by_boto3(stage: Stage, path: Path) -> None:
    """Straight to S3, with its keys."""
    config = TransferConfig(
        multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=AT_ONCE
    )
    _s3(stage).upload_file(str(path), BUCKET, "bench/film.mp4", Config=config)


def _s3(stage: Stage) -> Any:
    """Without checksums and with unsigned bodies: it does no more than our client does."""
    return boto3.client(  # noqa: TID251  the peer is boto3 as it is
        "s3",
        region_name="us-east-1",
        endpoint_url=stage.seaweed.endpoint_url,
        config=Config(
            s3={"addressing_style": "path", "payload_signing_enabled": False},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            read_timeout=300,
        ),
    )


def _put(http: urllib3.PoolManager, path: Path, part: dict[str, Any]) -> dict[str, Any]:
    size = int(part["headers"]["Content-Length"])
    body = _pieces(path, (part["partNumber"] - 1) * PART, size)
    answer = http.request("PUT", part["url"], body=body, headers=part["headers"], timeout=300)
    if answer.status != 200:
        raise RuntimeError(f"S3 answered {answer.status}: {answer.data[:500]!r}")
    return {"partNumber": part["partNumber"], "etag": answer.headers["ETag"]}


def _pieces(path: Path, start: int, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        for piece in _sizes(size, PIECE):
            yield file.read(piece)


def _batches(count: int) -> Iterator[list[int]]:
    """The numbers of all parts, as many at a time as may be signed at once."""
    for first in range(1, count + 1, SIGNED_AT_ONCE):
        yield list(range(first, min(first + SIGNED_AT_ONCE, count + 1)))


def _sizes(total: int, most: int) -> Iterator[int]:
    while total > 0:
        yield min(total, most)
        total -= most
