"""Completing an upload in parts: only what is all there, once, wherever an attempt has died."""

from tests.cast import Person
from tests.media import parts
from tests.media.uploads import download


def test_the_parts_become_the_file(alice: Person) -> None:
    upload = parts.begun(alice)
    for number in range(1, parts.COUNT + 1):
        answer = parts.put(parts.signed(alice, upload, number))
        assert answer.status_code == 200, answer.content
    answer = parts.complete(alice, upload)
    assert answer.status_code == 200, answer.content
    assert download(answer.json()).content == parts.BODY * 9 + parts.BODY[: parts.LAST]


def test_copied(alice: Person) -> None:
    upload = parts.begun(alice)
    parts.copy_parts(upload)
    answer = parts.complete(alice, upload)
    assert answer.status_code == 200, answer.content
    assert parts.complete(alice, upload).status_code == 200
