"""The example project of dynamoadmin, in a process of its own, as a librarian uses it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.prework.test_run import CHECKOUT

PASSWORD = "of-the-library"
BOOKS, READERS = "/admin/library/book/", "/admin/library/reader/"
SNIPPET = re.compile(r"```python\n# .*?\n(@site\.show\n.*?)```", re.S)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is served, on a port that the system chose."""
    said = tmp_path_factory.mktemp("library") / "said"
    with said.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "examples.library", "0"],
            cwd=CHECKOUT,
            env={**os.environ, "LIBRARY_PASSWORD": PASSWORD},
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield _address(process, said)
        process.terminate()
        assert process.wait(30) == 0, said.read_text()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    deadline = time.monotonic() + 60
    while not (found := re.search(r"server at (http://\S+)/", said.read_text())):
        assert process.poll() is None and time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)
    return found[1]


class Librarian(httpx.Client):
    """Somebody at the site, as a browser without scripts."""

    def form(self, path: str, **data: str) -> httpx.Response:
        """Send a form of a page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        return self.post(path, data={"csrfmiddlewaretoken": token[1] if token else "", **data})

    def send_form(self, path: str, **data: str) -> str:
        """Send a form of a page; the page that this leads to."""
        answer = self.form(path, **data)
        return self.get(answer.headers["location"]).text if answer.is_redirect else answer.text


@contextmanager
def librarian(url: str, name: str) -> Iterator[Librarian]:
    with Librarian(base_url=url) as made:
        assert "Log out" in made.send_form("/admin/login/", username=name, password=PASSWORD)
        yield made


@pytest.fixture
def ada(library: str) -> Iterator[Librarian]:
    with librarian(library, "ada") as made:
        yield made


def test_a_model_is_registered_as_the_readme_has_it_in_under_15_lines() -> None:
    readme = Path(CHECKOUT / "prework/dynamoadmin/README.md").read_text()
    snippet = SNIPPET.findall(readme)[0].strip()
    assert snippet in Path(CHECKOUT / "examples/library/admin.py").read_text()
    assert len([line for line in snippet.splitlines() if line]) < 15


def test_nobody_gets_in_without_the_password(library: str) -> None:
    with Librarian(base_url=library) as nobody:
        page = nobody.send_form("/admin/login/", username="ada", password="wrong")
        assert "no librarian with this name" in page
        assert nobody.get(BOOKS).headers["location"].startswith("/admin/login/?next=")
        refused = nobody.post("/admin/login/", data={"username": "ada", "password": PASSWORD})
        assert (refused.status_code, "could not be taken" in refused.text) == (403, True)


@pytest.mark.parametrize(("goal", "place"), [(BOOKS, BOOKS), ("//evil.example/", "/admin/")])
def test_who_came_for_a_page_gets_it(library: str, goal: str, place: str) -> None:
    with Librarian(base_url=library) as made:
        form = {"username": "ada", "password": PASSWORD, "next": goal}
        assert made.form("/admin/login/", **form).headers["location"] == place


def test_every_book_is_on_one_page_or_another(ada: Librarian) -> None:
    seen: list[str] = []
    path = BOOKS
    while path:
        page = ada.get(path).text
        seen += re.findall(r">(Volume \d+)<", page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = BOOKS + following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Volume {number}" for number in range(60)]


def test_a_book_is_shown(ada: Librarian) -> None:
    page = ada.get(f"{BOOKS}b-007/change/").text
    assert "Volume 7" in page
    assert "Various" in page


def test_a_reader_is_found_renamed_and_blocked(ada: Librarian) -> None:
    assert re.findall(r">(Reader \d+)<", ada.get(READERS, params={"q": "r-041"}).text) == [
        "Reader 41"
    ]
    one = f"{READERS}r-041/change/"
    assert "was changed" in ada.send_form(one, name="Grace", _version="1")
    assert "Somebody has changed it" in ada.send_form(one, name="Alan", _version="1")
    asked = ada.send_form(one, action="block")
    assert "Yes, do it" in asked
    done = {"action": "block", "_selected_action": "r-041", "confirmed": "yes"}
    assert "1 of 1 done" in ada.send_form(one, reason="Never brings them back", **done)
    assert "Never brings them back" in ada.get(one).text
    again = ada.send_form(READERS, reason="Never brings them back", **done)
    assert "There is nothing to be done" in again
    blocked = ada.get(READERS, params={"blocked": "yes"}).text
    assert "Grace" in blocked
    assert "Reader 40" not in blocked
    exported = ada.get(f"{READERS}export/", params={"format": "csv"}).text.splitlines()
    assert exported[0] == "reader_id,name,is_blocked"
    assert len(exported) == 61


def test_of_two_at_once_one_is_told(ada: Librarian, library: str) -> None:
    one = f"{READERS}r-020/change/"

    def rename(name: str) -> str:
        with librarian(library, "ada") as another:
            return another.send_form(one, name=name, _version="1")

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(rename, [f"Name {number}" for number in range(8)]))
    assert sum("was changed" in page for page in pages) == 1
    assert sum("Somebody has changed it" in page for page in pages) == 7


@pytest.mark.parametrize("object_id", ["", "r" * 1025, "unknown", "r-\x00"])
def test_what_cannot_be_there_is_not_there(ada: Librarian, object_id: str) -> None:
    asked = ada.send_form(READERS, action="block", _selected_action=object_id)
    assert "is not there any more" in asked


def test_who_may_only_read_changes_nothing(library: str) -> None:
    with librarian(library, "ben") as ben:
        one = f"{READERS}r-010/change/"
        assert "_version" not in ben.get(one).text
        assert "Not permitted" in ben.send_form(one, name="Mallory", _version="1")
        assert "cannot be done now" in ben.send_form(one, action="block")
        assert "Reader 10" in ben.get(one).text
