"""A client that uploads as it should, and one that does not."""

import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.cast import Organization, Person
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import PNG, asked, confirm, fetch
from tests.matching import problem


def send(
    upload: dict[str, Any],
    body: Any = PNG,
    *,
    method: str = "PUT",
    url: str = "",
    headers: dict[str, str] | None = None,
    without: str = "",
) -> httpx.Response:
    """A request with what was handed out, changed where it lies.

    The length is the body's, unless the body is an iterator, which goes in chunks.
    """
    given = {**upload["headers"], **(headers or {})}
    given.pop("Content-Length", None)
    given.pop(without, None)
    return fetch(method, url or upload["uploadUrl"], content=body, headers=given)


def break_off(upload: dict[str, Any], sent: bytes, promised: int) -> None:
    """A PUT that promises more than it sends, and hangs up."""
    where = urlsplit(upload["uploadUrl"])
    given = {**upload["headers"], "Host": where.netloc, "Content-Length": str(promised)}
    head = f"PUT {where.path}?{where.query} HTTP/1.1\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    with socket.create_connection((where.hostname, where.port), 5) as connection:
        connection.sendall(f"{head}{lines}\r\n".encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(5)
        while connection.recv(4096):
            pass


def of_other(url: str, pattern: str, put: str) -> str:
    """The URL, with something in it replaced: it has to be there."""
    changed, count = re.subn(pattern, put, url, count=1)
    assert count == 1
    return changed


def is_missing(person: Person, upload: dict[str, Any]) -> bool:
    """Whether there is nothing to confirm."""
    return bool(confirm(person, upload).json() == problem(409, "upload_missing"))
