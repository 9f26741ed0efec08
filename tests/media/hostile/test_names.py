"""Names of files that are made to break something; each file is downloaded again."""

import re
from typing import Any
from urllib.parse import unquote

import pytest

from prework.filenames import shown_name
from tests.cast import Organization, Person
from tests.media.hostile.clients import send
from tests.media.hostile.world import nothing_comes_of_it
from tests.media.uploads import ask, asked, confirm, download

TEXT = b"what is in it"
UNCHANGED = [
    "plain.txt",
    "two words, three; four=5.txt",
    "e\u0301te\u0301 in two characters.txt",
    "\u00e9t\u00e9 in one.txt",
    "\U0001f469\u200d\U0001f692 by a joiner.txt",
    "\u65e5\u672c\u8a9e.txt",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627.txt",
    "\U00010348 of four bytes.txt",
    "Z\u0351\u036f\u0302a\u0334\u0301lgo.txt",
    "\ufffd.txt",
    "\ufb01 ligature.txt",
    "K\u212aelvin.txt",
    "\u0130stanbul.txt",
    "%c0%ae%c0%ae%c0%af overlong.txt",
    "%0d%0aSet-Cookie: a=b.txt",
    "%00.txt",
    "CON.txt",
    "nul",
    "'quoted' (1) [2] {3}.txt",
    "~$`&|<>*?.txt",
    "-rf.txt",
    "=1+1.csv",
]
SPELLED = {
    "../../etc/passwd": "_.._etc_passwd",
    "/etc/passwd": "_etc_passwd",
    "C:\\boot.ini": "C:_boot.ini",
    "cod\u202egpj.txt": "codgpj.txt",
    "a\u2066b\u2069.txt": "ab.txt",
    "a\r\nSet-Cookie: b=c\r\n\r\n<script>.txt": "aSet-Cookie: b=c<script>.txt",
    "a\u2028b\u2029c\x85.txt": "abc.txt",
    "\x1b[31mred.txt": "[31mred.txt",
    "\ufeffbom.txt": "bom.txt",
    "trailing dots...": "trailing dots",
    " blanks ": "blanks",
    "...": "file",
    "\u202e": "file",
}


def saved_as(disposition: str) -> str:
    """The name that a browser takes from a `Content-Disposition` (RFC 6266)."""
    found = re.fullmatch(
        r"(?:inline|attachment); filename(?:\*=utf-8''(\S+)|=\"((?:[^\"\\]|\\.)*)\")", disposition
    )
    assert found, disposition
    return unquote(found[1]) if found[1] else re.sub(r"\\(.)", r"\1", found[2])


def as_saved(person: Person, name: str) -> tuple[str, str, str]:
    """A file of this name, all the way: its key's last part, its name, and what saving offers."""
    upload = asked(person, fileName=name, fileType="text/plain")
    assert send(upload, TEXT).status_code == 200
    answer = confirm(person, upload)
    assert answer.status_code == 200, answer.content
    media: dict[str, Any] = answer.json()
    given = download(media)
    assert (given.status_code, given.content) == (200, TEXT)
    assert "set-cookie" not in given.headers
    last = upload["key"].rpartition("/")[2].removeprefix(upload["fileId"])
    return last, media["fileName"], saved_as(given.headers["Content-Disposition"])


@pytest.mark.parametrize("name", UNCHANGED)
def test_kept_as_it_is(wendy: Person, name: str) -> None:
    in_key, listed, saved = as_saved(wendy, name)
    assert re.fullmatch(r"-[A-Za-z0-9_-]{1,80}(\.[a-z0-9]{1,10})?", in_key)
    assert (listed, saved) == (name, name)


@pytest.mark.parametrize("name", SPELLED)
def test_spelled_safely_on_saving(wendy: Person, name: str) -> None:
    in_key, listed, saved = as_saved(wendy, name)
    assert re.fullmatch(r"-[A-Za-z0-9_-]{1,80}(\.[a-z0-9]{1,10})?", in_key)
    assert (listed, saved) == (name, SPELLED[name])


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f469", '"'])
def test_255_characters(wendy: Person, letter: str) -> None:
    name = letter * 251 + ".txt"
    in_key, listed, saved = as_saved(wendy, name)
    assert len(in_key) <= 92
    assert listed == name
    assert saved == shown_name(name)
    assert len(saved.encode()) <= 200
    assert saved.endswith(letter + ".txt")


@pytest.mark.parametrize("name", ["x" * 256, "x" * 1000, "\U0001f469" * 1000, "", "a\x00b.txt"])
def test_refused(org: Organization, alice: Person, name: str) -> None:
    with nothing_comes_of_it(org):
        answer = ask(alice, fileName=name)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == ["fileName"]


@pytest.mark.parametrize("name", [rb'"\ud83d.txt"', rb'"\udc69\ud83d.txt"', b'"\xff.txt"', b"3"])
def test_what_is_no_text(org: Organization, alice: Person, name: bytes) -> None:
    body = (
        b'{"fileName": ' + name + b', "fileType": "text/plain", "entityType": "user", '
        b'"entityId": "' + alice.user_id.encode() + b'"}'
    )
    with nothing_comes_of_it(org):
        answer = alice.api.post("/api/media/upload-url", body)
        assert answer.status_code == 400
        assert answer.json()["code"] in ("malformed_json", "validation_failed")
