"""The page behind the link in a mail."""

from playwright.sync_api import Page, expect

from notices.services.preferences import unsubscribe_url
from prework.ids import new_id
from tests.browser.looks import look


def test_it_asks_before_it_does_anything(page: Page) -> None:
    path = unsubscribe_url(new_id(), new_id(), "reminders").partition("/api")[2]
    page.goto(f"/api{path}")
    expect(page.get_by_role("heading", name="Fewer mails")).to_be_visible()
    expect(page.get_by_role("button", name="No more of these mails")).to_be_visible()
    look(page, "unsubscribe")
