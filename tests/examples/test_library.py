"""The example project of dynamoadmin, in a process of its own, as a librarian uses it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.prework.test_run import CHECKOUT

PASSWORD = "of-the-library"
BOOKS, READERS = "/admin/library/book/", "/admin/library/reader/"
SNIPPET = re.compile(r"```python\n(@site\.show\n.*?)```", re.S)


@pytest.fixture(scope="module")
def library() -> Iterator[str]:
    """Where it is served, on a port that the system chose."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "examples.library", "0"],
        cwd=CHECKOUT,
        env={**os.environ, "LIBRARY_PASSWORD": PASSWORD},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        found = (re.search(r"server at (http://\S+)/", line) for line in lines)
        yield next(filter(None, found))[1]
        process.send_signal(signal.SIGINT)
    process.wait(30)


class Librarian(httpx.Client):
    """Somebody at the site, as a browser without scripts."""

    def send_form(self, path: str, **data: str) -> str:
        """Send a form of a page; the page that this leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        sent = {"csrfmiddlewaretoken": token[1] if token else "", **data}
        return self.post(path, data=sent, follow_redirects=True).text


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
    assert "blocked already" not in ada.send_form(one, reason="Never brings them back", **done)
    blocked = ada.get(READERS, params={"blocked": "yes"}).text
    assert "Grace" in blocked
    assert "Reader 40" not in blocked
    exported = ada.get(f"{READERS}export/", params={"format": "csv"}).text.splitlines()
    assert exported[0] == "reader_id,name,is_blocked"
    assert len(exported) == 61


def test_who_may_only_read_changes_nothing(library: str) -> None:
    with librarian(library, "ben") as ben:
        one = f"{READERS}r-010/change/"
        assert "_version" not in ben.get(one).text
        assert "Not permitted" in ben.send_form(one, name="Mallory", _version="1")
        assert "cannot be done now" in ben.send_form(one, action="block")
        assert "Reader 10" in ben.get(one).text
