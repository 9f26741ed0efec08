"""The real Uppy, from npm: one pinned tarball, checked by its hash, kept in `.cache/`."""

import base64
import hashlib
import io
import os
import ssl
import tarfile
from pathlib import Path

import httpx
import pytest

URL = "https://registry.npmjs.org/uppy/-/uppy-5.2.4.tgz"
# `npm view uppy@5.2.4 dist.integrity`
SHA512 = "1btgAGUb7Tu7GympmA9XkyGcXBSM93d1FA36J6pY4lr6a0jMXfvFUg66Dbnm/Xaq6sFvm8KwSPJF46d8Ng0E8Q=="
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "uppy-5.2.4.tgz"


def files() -> dict[str, bytes]:
    """The bundle and its style, by name. Without npm a test is skipped, and fails in CI."""
    with tarfile.open(fileobj=io.BytesIO(_tarball())) as tarball:
        return {
            name: _member(tarball, f"package/dist/{name}")
            for name in ("uppy.min.mjs", "uppy.min.css")
        }


def _member(tarball: tarfile.TarFile, name: str) -> bytes:
    found = tarball.extractfile(name)
    assert found is not None
    return found.read()


def _tarball() -> bytes:
    if CACHE.exists() and _is_right(cached := CACHE.read_bytes()):
        return cached
    try:
        answer = httpx.get(URL, timeout=30, verify=ssl.create_default_context())
        answer.raise_for_status()
    except httpx.HTTPError as error:
        missing = f"Uppy cannot be had from npm: {error}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    assert _is_right(answer.content), f"{URL} is another file than was pinned"
    _keep(answer.content)
    return answer.content


def _is_right(tarball: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(tarball).digest()).decode() == SHA512


def _keep(tarball: bytes) -> None:
    """Whole or not at all: several workers may fetch it at once."""
    CACHE.parent.mkdir(exist_ok=True)
    partial = CACHE.with_suffix(f".{os.getpid()}")
    partial.write_bytes(tarball)
    partial.replace(CACHE)
