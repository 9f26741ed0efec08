"""The pages that tell of the API: they load, from our host alone, and everybody can read them."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looks import look

BROKEN_BY_SWAGGER = ("color-contrast", "html-has-lang", "nested-interactive")


def test_the_api_can_be_browsed(page: Page) -> None:
    page.goto("/api/docs")
    expect(page.get_by_role("heading", name="prework")).to_be_visible()
    page.locator("#operations-tag-teams").first.wait_for()
    look(page, "api-docs", but_not=BROKEN_BY_SWAGGER)


def test_errors_can_be_read(page: Page) -> None:
    page.goto("/docs/errors#not_found")
    expect(page.get_by_role("heading", name="Errors")).to_be_visible()
    expect(page.locator("#not_found")).to_be_in_viewport()
    for heading in page.get_by_role("heading", level=2).all_inner_texts():
        assert re.fullmatch(r"[a-z_]+ · \d{3}", heading)
    look(page, "errors")
