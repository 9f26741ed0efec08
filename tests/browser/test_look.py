"""A look leaves a picture, fails on grave violations, and is no fault of the page looked at."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser import looks
from tests.browser.looks import look
from tests.browser.visits import Size

PAGE = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>{}</main>"
STRICT = "default-src 'none'; style-src 'self'"


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures of nothing are for nobody to look at."""
    monkeypatch.setattr(looks, "PICTURES", tmp_path)
    return tmp_path


def test_a_picture_is_left(page: Page, size: Size, pictures: Path) -> None:
    page.set_content(PAGE.format(""))
    look(page, "empty")
    assert [path.name for path in pictures.iterdir()] == [f"empty-{size.name}.png"]


def test_a_grave_violation_fails_the_test(page: Page) -> None:
    page.set_content(PAGE.format("<input id=nameless>"))
    with pytest.raises(AssertionError) as failed:
        look(page, "nameless")
    said = str(failed.value)
    assert "label (critical): Form elements must have labels" in said
    assert 'at #nameless: <input id="nameless">' in said
    look(page, "nameless", but_not=["label"])


def test_what_is_shown_of_a_violation_is_bounded(page: Page) -> None:
    page.set_content(PAGE.format("<input>" * 12))
    with pytest.raises(AssertionError, match="and 7 more"):
        look(page, "nameless")


def test_a_strict_page_can_be_looked_at(page: Page) -> None:
    def answer(route: Route) -> None:
        body = PAGE.format("<label>Name <input autofocus></label>")
        headers = {"Content-Security-Policy": STRICT, "Content-Type": "text/html"}
        route.fulfill(body=body, headers=headers)

    page.route("**/strict", answer)
    page.goto("/strict")
    look(page, "strict")
