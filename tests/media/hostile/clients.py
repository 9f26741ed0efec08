"""A client that does with what it was handed out what it should not."""

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.cast import Answer, Organization, Person
from tests.matching import problem
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import PNG, confirm, fetch

Upload = dict[str, Any]
Lie = dict[str, Any]  # what `send` is told to do otherwise
REFUSED = {400, 403, 404, 405, 412}


def send(
    upload: Upload,
    body: Any = PNG,
    *,
    method: str = "PUT",
    url: str = "",
    headers: dict[str, str] | None = None,
    without: str = "",
) -> httpx.Response:
    """A request to S3 with what was handed out, but for what is said here.

    The length is the body's; a body that is an iterator goes in chunks, with none.
    """
    given = {**upload["headers"], **(headers or {})}
    given.pop("Content-Length", None)
    given.pop(without, None)
    return fetch(method, url or upload["uploadUrl"], content=body, headers=given)


def in_url(upload: Upload, pattern: str, new: str) -> str:
    """The URL that was handed out, with something in it replaced: it has to be there."""
    changed, count = re.subn(pattern, new, upload["uploadUrl"], count=1)
    assert count == 1
    return changed


def break_off(upload: Upload, sent: bytes, promised: int) -> None:
    """A PUT that promises more bytes than it sends, and hangs up."""
    where = urlsplit(upload["uploadUrl"])
    given = {**upload["headers"], "Host": where.netloc, "Content-Length": str(promised)}
    head = f"PUT {where.path}?{where.query} HTTP/1.1\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    with socket.create_connection((str(where.hostname), where.port or 80), 5) as connection:
        connection.sendall(f"{head}{lines}\r\n".encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        while connection.recv(4096):
            pass


def refused_by_s3(org: Organization, person: Person, upload: Upload, *lies: Lie) -> None:
    """S3 refuses each of these, nothing is there to confirm, and all is as before them."""
    with nothing_comes_of_it(org):
        for lie in lies or [{}]:
            answer = send(upload, **lie)
            assert answer.status_code in REFUSED, (lie, answer.status_code, answer.text)
            assert confirm(person, upload).json() == problem(409, "upload_missing"), lie


def refused_at_confirm(org: Organization, person: Person, upload: Upload, **lie: Any) -> Answer:
    """S3 takes this, we do not: it is removed, and all is as before it."""
    with nothing_comes_of_it(org):
        assert send(upload, **lie).status_code == 200
        answer = confirm(person, upload)
        assert answer.status_code >= 400
    return answer
