"""Uppy as docs/uploads.md has it: 150 MB in parts, the page reloaded in the middle."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Page, Request, Response

from prework import aws, objects
from prework.bootstrap import create_bucket
from prework.localaws import LocalAws
from tests.browser import uppy
from tests.browser.chromium import Chromium, needed
from tests.browser.pages import serving
from tests.browser.visits import DESKTOP, Visit, visiting
from tests.cast import Person
from tests.collab.servers import running
from tests.media.parts import FILM
from tests.media.uploads import PNG

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "uploads.md"
SIZE = 150_000_000
COUNT = 15
PATIENCE_MS = 60_000
PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Uploads</title>
<link rel="stylesheet" href="uppy.min.css">
<div id="files"></div>
<script type="module">
    import {{ uploadsTo }} from "./uploads.js";
    const uppy = uploadsTo("{site}", () => "{token}", "user", "{user_id}", "#files");
    window.partsDone = 0;
    uppy.on("s3-multipart:part-uploaded", () => {{ window.partsDone += 1; }});
    uppy.on("complete", (result) => {{ window.result = result; }});
    window.uppy = uppy;
</script>
"""


def block() -> bytes:
    """The one JavaScript of the manual, as a file."""
    (text,) = re.findall(r"^```js\n(.*?)^```$", MANUAL.read_text(), re.MULTILINE | re.DOTALL)
    return str(text).encode()


class Elsewhere(NamedTuple):
    """Another origin, and what is served from it; prework and the bucket let its pages in."""

    origin: str
    files: dict[str, bytes]
    prework: str


@pytest.fixture(scope="module")
def elsewhere(engine: LocalAws) -> Iterator[Elsewhere]:
    """One for all tests here."""
    needed()
    files = {**uppy.files(), "uploads.js": block()}
    allowed = settings.ALLOWED_ORIGINS
    with serving(files) as origin, running(engine, PREWORK_ALLOWED_ORIGINS=origin) as [server]:
        settings.ALLOWED_ORIGINS = [origin]
        create_bucket()  # with its CORS rule
        yield Elsewhere(origin, files, server.url)
        settings.ALLOWED_ORIGINS = allowed
        create_bucket()


@pytest.fixture
def visit(browser: Chromium, elsewhere: Elsewhere, alice: Person) -> Iterator[Visit]:
    """A visit of alice's to a page of that origin that has Uppy on it."""
    values = {"site": elsewhere.prework, "token": alice.token, "user_id": alice.user_id}
    elsewhere.files["index.html"] = PAGE.format(**values).encode()
    with visiting(browser, elsewhere.origin, DESKTOP) as visit:
        visit.faults.expect("request to another host: http://127.0.0.1:")  # ours, and S3
        yield visit


def choose(page: Page, path: Path) -> None:
    """Choose a file, and have it uploaded."""
    page.locator(".uppy-Dashboard-input").first.set_input_files(path)
    page.locator(".uppy-StatusBar-actionBtn--upload").click()


def stored(key: str) -> bytes:
    """What S3 has at a key."""
    return aws.s3().get_object(Bucket=settings.MEDIA_BUCKET, Key=key)["Body"].read()


class Seen:
    """What a page put to S3, and which parts it was told to be there already."""

    def __init__(self, page: Page) -> None:
        self.put: list[int] = []
        self.there: list[int] = []
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_request(self, request: Request) -> None:
        query = parse_qs(urlsplit(request.url).query)
        if request.method == "PUT" and "partNumber" in query:
            self.put.append(int(query["partNumber"][0]))

    def _on_response(self, response: Response) -> None:
        if response.request.method == "GET" and response.url.endswith("/parts"):
            self.there += [part["partNumber"] for part in response.json()["parts"]]


def test_150_mb_go_on_after_a_reload_from_what_s3_has(
    visit: Visit, alice: Person, tmp_path: Path
) -> None:
    page = visit.page
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM + os.urandom(SIZE - len(FILM)))
    page.goto("/index.html")
    choose(page, film)
    page.wait_for_function("window.partsDone >= 5", timeout=PATIENCE_MS)

    page.reload()
    seen = Seen(page)
    page.locator(".uppy-Dashboard-Item-reSelect").click()
    choose(page, film)
    page.wait_for_function("window.result", timeout=PATIENCE_MS)

    assert page.evaluate("window.result.failed.length") == 0
    assert 5 <= len(seen.there) < COUNT
    assert sorted(seen.put) == sorted(set(range(1, COUNT + 1)) - set(seen.there))
    (media,) = alice.api.get("/api/media").json()["items"]
    assert (media["uploadStatus"], media["fileSize"]) == ("completed", SIZE)
    assert stored(media["key"]) == film.read_bytes()
    assert len(alice.trail(action="FILE_UPLOADED")) == 1
    objects.remove_object(media["key"])  # S3 is in memory here


def test_a_small_file_goes_in_one_piece(visit: Visit, alice: Person, tmp_path: Path) -> None:
    page = visit.page
    picture = tmp_path / "picture.png"
    picture.write_bytes(PNG)
    page.goto("/index.html")
    seen = Seen(page)
    choose(page, picture)
    page.wait_for_function("window.result", timeout=PATIENCE_MS)

    (media,) = alice.api.get("/api/media").json()["items"]
    assert media["uploadStatus"] == "completed"
    assert stored(media["key"]) == PNG
    assert seen.put == []


def test_one_that_is_cancelled_leaves_nothing(visit: Visit, alice: Person, tmp_path: Path) -> None:
    page = visit.page
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(SIZE))
    page.goto("/index.html")
    choose(page, film)
    page.wait_for_function("window.partsDone >= 1", timeout=PATIENCE_MS)
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answered:
        page.locator(".uppy-DashboardContent-back").click()
    assert answered.value.status == 204
    assert alice.api.get("/api/media").json()["items"] == []
