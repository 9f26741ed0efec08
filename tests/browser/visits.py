"""A visit: a browser with no past, of one size, at one site."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.chromium import Chromium
from tests.browser.faults import Faults

# What is reported before comes before it. A test may have stopped the page's clock: no timer.
NEXT_TURN = """() => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done();
    port2.postMessage(null);
})"""


class Size(NamedTuple):
    """A kind of screen."""

    name: str
    width: int
    height: int
    is_touched: bool


DESKTOP = Size("desktop", 1280, 900, is_touched=False)
PHONE = Size("phone", 390, 844, is_touched=True)
SIZES = (DESKTOP, PHONE)


@dataclass(frozen=True)
class Visit:
    """A page, and what it does wrong."""

    page: Page
    faults: Faults


@contextmanager
def visiting(chromium: Chromium, home: str, size: Size) -> Iterator[Visit]:
    """Visit a site with no cookies; afterwards fail on every fault that was not expected.

    One more inside a test is a second person at a second machine.
    """
    with chromium.in_use() as browser:
        context = browser.new_context(
            base_url=home,
            viewport={"width": size.width, "height": size.height},
            is_mobile=size.is_touched,
            has_touch=size.is_touched,
            reduced_motion="reduce",
        )
        try:
            faults = Faults(home)
            faults.watch(context)
            yield Visit(context.new_page(), faults)
            _settle(context)
        finally:
            context.close()
    faults.check()


def _settle(context: BrowserContext) -> None:
    """Hear of everything that has happened until now."""
    for page in context.pages:
        page.wait_for_load_state()
        with suppress(Error):  # it is leaving for another page already
            page.evaluate(NEXT_TURN)
