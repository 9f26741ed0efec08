"""Hundreds of hostile images through `/cdn/` of a server that runs: a picture or a clear no each,
no process above 512 MB, and the next good image is rendered as if nothing had been.

They are put there as confirmed files, past whatever looks at them before: the origin is not to
depend on that.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import pyvips

from media.models import Media
from prework import cdn
from prework.localaws import LocalAws
from tests.cast import Person
from tests.media.images import hostile
from tests.media.images.pictures import jpeg, path_of, placed, plain, size
from tests.media.images.servers import Server, servers, status
from tests.media.uploads import TRUST

MOST_KILOBYTES = 512 * 1024
THUMBNAIL: dict[str, Any] = {"width": 300, "height": 300}
WHOLE: dict[str, Any] = {"format": "jpeg"}
EVERY = 5  # of these the whole picture, too
CODES = {415: {"not_an_image"}, 422: {"image_unreadable", "image_too_large"}}


def ask(client: httpx.Client, media: Media, **asked: Any) -> httpx.Response:
    url = cdn.image_url(media.s3_key, str(media.s3_version_id), **asked)
    return client.get(path_of(url))


def wrong(answer: httpx.Response, most: int) -> str:
    """What is wrong with an answer, if anything."""
    if answer.status_code == 200:
        picture = pyvips.Image.new_from_buffer(answer.content, "")
        picture.avg()  # all of it is there
        return "" if max(size(picture)) <= most and picture.bands <= 4 else f"{size(picture)}"
    is_problem = answer.headers["Content-Type"] == "application/problem+json"
    code = answer.json()["code"] if is_problem else answer.text
    is_clear = code in CODES.get(answer.status_code, ()) and answer.json()["detail"]
    return "" if is_clear else f"{answer.status_code} {code}"


class Peaks:
    """How much memory each process that renders has ever had, as the kernel counts it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.kilobytes: dict[int, int] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
            self._look_once()
        finally:
            self._is_over.set()
            self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            self._look_once()

    def _look_once(self) -> None:
        for pid in self._server.workers():
            try:
                self.kilobytes[pid] = int(status(pid, "VmHWM").removesuffix(" kB"))
            except (OSError, StopIteration):  # it is gone, or about to be
                continue


@pytest.fixture(scope="module")
def images() -> list[tuple[str, bytes]]:
    return list(hostile.images())


@pytest.mark.usefixtures("any_record")
def test_each_is_a_picture_or_a_clear_no(
    engine: LocalAws, wendy: Person, images: list[tuple[str, bytes]]
) -> None:
    actor = wendy.actor
    statuses: Counter[int] = Counter()
    faults: dict[str, str] = {}

    with (
        servers(engine, 1) as (server,),
        httpx.Client(base_url=server.url, timeout=60, verify=TRUST) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        peaks = Peaks(server)

        def attack(number: int) -> None:
            name, body = images[number]
            media = placed(actor, body)
            wanted = [(THUMBNAIL, 300), (WHOLE, cdn.MAX_SIDE)]
            for asked, most in wanted if number % EVERY == 0 else wanted[:1]:
                answer = ask(client, media, **asked)
                statuses[answer.status_code] += 1
                fault = wrong(answer, most)
                if fault:
                    faults[f"{name}, {asked}"] = fault

        with peaks.watched():
            list(pool.map(attack, range(len(images))))
        good = ask(client, placed(actor, jpeg(plain(640, 480))), **THUMBNAIL)
        assert server.process.poll() is None

    assert faults == {}
    assert statuses.total() > len(images)
    assert set(statuses) == {200, 415, 422}
    assert max(peaks.kilobytes.values()) < MOST_KILOBYTES
    assert wrong(good, 300) == ""
    assert size(pyvips.Image.new_from_buffer(good.content, "")) == (300, 300)


def test_they_are_many_and_the_same_every_time(images: list[tuple[str, bytes]]) -> None:
    bodies = dict(images)
    assert len(bodies) == len(images) >= 200
    for name, body in hostile.damaged.images():
        assert bodies[f"damaged: {name}"] == body
