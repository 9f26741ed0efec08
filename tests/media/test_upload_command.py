"""`manage.py upload`: a file of this machine, as somebody; and on from where an attempt ended."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3
from django.core.management import CommandError, call_command
from pytest_django import Settings

from media import queries
from prework import aws, stretches
from prework.localaws import LocalAws
from prework.scanner import EICAR
from tests.calls import StoreCalls
from tests.cast import Organization, Person, hire
from tests.clamd import NAME
from tests.collab.servers import CHECKOUT, environment_on
from tests.media import parts
from tests.media.parts import COUNT, FILM, PART, SIZE, held, is_open
from tests.media.uploads import PNG, download, s3_down

PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that goes in parts, each of which is another."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    path.write_bytes(FILM + os.urandom(SIZE - len(FILM)))
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file that goes in one piece."""
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    return path


def upload(person: Person, path: Path, *options: str, entity: str = "") -> dict[str, Any]:
    """Run the command in this process; the file that it made."""
    said = io.StringIO()
    thing = entity or f"user:{person.user_id}"
    call_command("upload", str(path), "--entity", thing, "--as", person.email, *options,
                 stdout=said)  # fmt: skip
    file_id = said.getvalue().strip()
    media: dict[str, Any] = person.api.get(f"/api/media/{file_id}").json()
    parts.BEGUN.append({"key": media["key"], "uploadId": "ended"})
    return media


def pending(person: Person) -> list[dict[str, Any]]:
    """What somebody has begun in parts, as other calls name it."""
    return [
        {"fileId": one.file_id, "key": one.s3_key, "uploadId": one.upload_id}
        for one in queries.each_own_multipart(person.actor, since=parts.LONG_AGO)
    ]


def stopped_midway(
    person: Person, path: Path, engine: LocalAws, *, by: signal.Signals, at: int = 2
) -> int:
    """Run it in a process that is sent a signal once S3 has some parts; how it ended."""
    process = subprocess.Popen(  # noqa: S603  our own interpreter and program
        [sys.executable, "manage.py", "upload", str(path), "--as", person.email,
         "--entity", f"user:{person.user_id}", "--threads", "1"],
        cwd=CHECKOUT, env=environment_on(engine), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not any(len(parts.found(person, one)) >= at for one in pending(person)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(by)
    return process.wait(PATIENCE_SECONDS)


def test_a_small_file_goes_in_one_piece(alice: Person, picture: Path) -> None:
    media = upload(alice, picture)
    assert (media["uploadStatus"], media["fileName"]) == ("completed", "picture.png")
    assert (media["mimeType"], media["fileSize"]) == ("image/png", len(PNG))
    assert download(media).content == PNG
    assert held(alice) == len(PNG)


def test_an_empty_one_too(alice: Person, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert upload(alice, tmp_path / "empty.txt")["fileSize"] == 0


@pytest.mark.usefixtures("clamd")
def test_it_ends_when_the_file_was_looked_through(alice: Person, picture: Path) -> None:
    assert upload(alice, picture)["uploadStatus"] == "completed"


@pytest.mark.usefixtures("clamd")
def test_what_the_scanner_finds_is_told(alice: Person, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_bytes(EICAR)
    with pytest.raises(CommandError, match=f"is in quarantine: {NAME}"):
        upload(alice, tmp_path / "report.txt")


def test_a_scanner_that_is_down_is_not_waited_for(
    alice: Person, picture: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SCANNER, settings.CLAMD_URL = "clamd", "unix:///nowhere"
    assert upload(alice, picture)["uploadStatus"] == "scanning"
    assert "the file is there when it does" in capsys.readouterr().err


def test_a_large_one_goes_in_parts_by_threads(
    bob: Person, team: str, film: Path, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    media = upload(bob, film, "--threads", "3", entity=f"team:{team}")
    assert (media["uploadStatus"], media["fileSize"]) == ("completed", SIZE)
    assert (media["entityType"], media["entityId"]) == ("team", team)
    assert download(media).content == film.read_bytes()
    asked = ["CreateMultipartUpload", "ListParts", "CompleteMultipartUpload", "HeadObject"]
    assert store_calls.s3[:4] == asked


def test_the_trail_names_the_user_and_the_command(alice: Person, picture: Path) -> None:
    upload(alice, picture)
    (entry,) = alice.trail(action="FILE_UPLOADED")
    assert (entry["userId"], entry["actorKind"]) == (alice.user_id, "user")
    assert (entry["userAgent"], entry["requestId"]) == ("manage.py upload", "manage.py upload")


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_it_goes_on_from_what_s3_has(
    alice: Person,
    film: Path,
    engine: LocalAws,
    store_calls: StoreCalls,
    by: signal.Signals,
    code: int,
) -> None:
    assert stopped_midway(alice, film, engine, by=by) == code
    (begun,) = pending(alice)
    there = len(parts.found(alice, begun))
    store_calls.clear()

    media = upload(alice, film)

    assert media["fileId"] == begun["fileId"]
    assert download(media).content == film.read_bytes()
    # who it is, the list, each part that is signed, the end, and this test's look
    assert store_calls.dynamodb.count("GetItem") == 1 + 1 + (COUNT - there) + 1 + 1
    assert 2 <= there < COUNT
    assert held(alice) == SIZE


def test_it_goes_on_when_only_the_record_was_missing(
    alice: Person, film: Path, store_calls: StoreCalls
) -> None:
    with s3_down("HeadObject"), pytest.raises(CommandError, match="does not answer"):
        upload(alice, film)
    (begun,) = pending(alice)
    assert len(parts.versions(begun)) == 1
    store_calls.clear()

    media = upload(alice, film)

    assert media["fileId"] == begun["fileId"]
    assert {"CreateMultipartUpload", "CompleteMultipartUpload"}.isdisjoint(store_calls.s3)
    assert len(parts.versions(begun)) == 1
    assert held(alice) == SIZE


def test_a_changed_file_begins_anew(alice: Person, film: Path, tmp_path: Path) -> None:
    begun = parts.begun(alice)
    parts.copy_parts(begun, [1])  # of another film of this name and size
    media = upload(alice, film)
    assert media["fileId"] != begun["fileId"]
    assert download(media).content == film.read_bytes()
    assert len(parts.found(alice, begun)) == 1


def test_another_file_is_not_what_was_put_together(
    alice: Person, film: Path, tmp_path: Path
) -> None:
    with s3_down("HeadObject"), pytest.raises(CommandError, match="does not answer"):
        upload(alice, film)
    (begun,) = pending(alice)
    parts.BEGUN.append(begun)
    other = tmp_path / film.name
    other.write_bytes(film.read_bytes()[:-1] + b"!")
    assert upload(alice, other)["fileId"] != begun["fileId"]


def test_a_large_one_that_is_written_to_meanwhile_is_none(alice: Person, film: Path) -> None:
    with (
        parts.s3_hooked("CreateMultipartUpload", lambda _: os.utime(film)),
        pytest.raises(CommandError, match="written to while it was sent"),
    ):
        upload(alice, film)
    assert alice.api.get("/api/media").json()["items"] == []
    assert held(alice) == 0


def test_others_uploads_and_those_for_something_else_are_left_alone(
    alice: Person, bob: Person, team: str, film: Path
) -> None:
    begun = [
        parts.begun(bob, entityType="team", entityId=team),
        parts.begun(alice),
        parts.begun(alice, entityType="team", entityId=team, fileName="other.mp4"),
        parts.begun(alice, entityType="team", entityId=team, fileSize=SIZE + 1),
        parts.begun(alice, entityType="team", entityId=team, fileType="video/webm"),
        parts.begun(alice, entityType="team", entityId=team, checksumAlgorithm="sha256"),
    ]
    media = upload(alice, film, entity=f"team:{team}")
    assert media["fileId"] not in [one["fileId"] for one in begun]
    assert all(is_open(one) for one in begun)


def test_a_file_that_is_written_to_meanwhile_is_none(alice: Person, picture: Path) -> None:
    def write(**_: Any) -> None:
        picture.write_bytes(PNG[::-1])

    aws.s3().meta.events.register("before-sign.s3.PutObject", write)
    try:
        with pytest.raises(CommandError, match="written to while it was sent"):
            upload(alice, picture)
    finally:
        aws.s3().meta.events.unregister("before-sign.s3.PutObject", write)
    assert alice.api.get("/api/media").json()["items"] == []
    assert held(alice) == 0


def test_with_s3_down_it_says_so(alice: Person, film: Path) -> None:
    with s3_down(), pytest.raises(CommandError, match="does not answer"):
        upload(alice, film)
    assert held(alice) == 0


def refused(match: str) -> Any:
    return pytest.raises(CommandError, match=match)


def test_what_cannot_be_is_said_in_a_line(
    alice: Person, mallory: Person, carol: Person, picture: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.touch()
    odd = tmp_path / os.fsdecode(b"\xff.png")
    odd.touch()
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    cases: list[tuple[str, Person, Path, str]] = [
        ("Files of this type|Send an image", alice, page, ""),
        ("fileName: ", alice, odd, ""),
        ("No such file", alice, tmp_path / "none.png", ""),
        ("Is a directory", alice, tmp_path, ""),
        ("Is no regular file", alice, pipe, ""),  # opened, it would wait for a writer
        ("Is no regular file", alice, Path("/dev/zero"), ""),  # of which the size is 0
        ("no such thing", alice, picture, "team:none"),
        ("no such thing", mallory, picture, f"user:{alice.user_id}"),
        ("media.upload", carol, picture, ""),
        ("is none of checklist:ID", alice, picture, "organization:1"),
        ("is none of checklist:ID", alice, picture, "user:"),
    ]
    for match, person, path, entity in cases:
        with refused(match):
            upload(person, path, *(["--type", "image/png"] if not path.suffix else []),
                   entity=entity)  # fmt: skip
        assert person.api.get("/api/media").json()["items"] == []
        assert held(person) == 0


@pytest.mark.parametrize("threads", ["0", "33", "-1", "many"])
def test_threads_are_a_few(alice: Person, picture: Path, threads: str) -> None:
    with refused("not a number from 1 to 32"):
        upload(alice, picture, f"--threads={threads}")


def test_who_could_not_sign_in_uploads_nothing(
    org: Organization, alice: Person, picture: Path
) -> None:
    dave = hire(org, "dave", role="member")
    suspended = alice.api.patch(f"/api/users/{dave.user_id}", {"isActive": False})
    assert suspended.status_code == 200, suspended.content
    nobody = Person(dave.user, "", "nobody@example.com")
    for person in (dave, nobody):
        with refused("nobody who may sign in has the e-mail address"):
            upload(person, picture, entity=f"user:{dave.user_id}")


def test_a_part_that_is_lost_on_the_way_is_sent_again(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(stretches, "WAITS", (0.01,))
    signs: Iterator[Any] = iter([("http://127.0.0.1:1/", {}), ("http://127.0.0.1:1/", {})])
    sign: Callable[[], Any] = lambda: next(signs)  # noqa: E731
    with (
        stretches.opened(picture, threads=1, show=sent.append) as local,
        pytest.raises(stretches.Unsent, match="refused"),
    ):
        local.put(sign, 0, len(PNG))
    assert sum(sent) == 0
    assert next(signs, None) is None


def test_what_s3_got_otherwise_is_not_sent(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = urllib3.HTTPResponse(status=200, headers={"ETag": f'"{"0" * 32}"'})
    monkeypatch.setattr(stretches, "WAITS", ())
    with stretches.opened(picture, threads=1, show=lambda _: None) as local:
        monkeypatch.setattr(local.pool, "request", lambda *_, **__: answer)
        with pytest.raises(stretches.Unsent, match="other bytes"):
            local.put(lambda: ("http://s3.invalid/", {}), 0, len(PNG))


def test_it_stops_though_s3_says_nothing(picture: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        stretches.opened(picture, threads=1, show=lambda _: None) as local,
        ThreadPoolExecutor(1) as pool,
    ):
        url = "http://{}:{}/".format(*silent.getsockname())
        sent = pool.submit(
            local.put, lambda: (url, {"Content-Length": str(len(PNG))}), 0, len(PNG)
        )
        connection, _ = silent.accept()
        with connection:
            received = b""
            while not received.endswith(PNG):
                received += connection.recv(65536)
            local.stop()
            with pytest.raises(stretches.Unsent):
                sent.result(PATIENCE_SECONDS)


def test_only_so_much_of_a_file_is_in_memory(film: Path) -> None:
    with stretches.opened(film, threads=1, show=lambda _: None) as local:
        sizes = {len(chunk) for chunk in stretches._Stretch(local, PART, PART)}
    assert sizes == {1024**2}
