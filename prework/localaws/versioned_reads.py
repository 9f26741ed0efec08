"""Reads of one version of an object, answered as S3 does.

ministack 1.5.33 leaves out there what it does for the newest version: the `response-*`
parameters of a signed URL, and byte ranges. Downloads are of a pinned version, always.
"""

from typing import Any

from ministack.services import s3

Answer = tuple[int, dict[str, str], bytes]


def put_right() -> None:
    """Make this process's ministack answer such reads as S3 does."""
    s3._get_object = _get_object


def _get_object(
    bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None
) -> Answer:
    answer: Answer = _as_delivered(bucket, key, headers, query)
    if answer[0] != 200 or not (query or {}).get("versionId"):
        return answer
    answer = _slice(answer, headers.get("range", ""))
    s3._apply_response_overrides(answer[1], query)
    return answer


def _slice(answer: Answer, wanted: str) -> Answer:
    _, headers, body = answer
    if not wanted:
        return answer
    stretch = s3._parse_range(wanted, len(body))
    if stretch is None:
        return 416, {"Content-Range": f"bytes */{len(body)}"}, b""
    first, last = stretch
    part = body[first : last + 1]
    headers["Content-Length"] = str(len(part))
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return 206, headers, part


_as_delivered = s3._get_object
