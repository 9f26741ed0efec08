"""A browser and a site for every worker; a page at each size, whose faults fail the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from prework.localaws import LocalAws
from tests.browser.chromium import Chromium, launched
from tests.browser.faults import Faults
from tests.browser.site import Site, opened
from tests.browser.visits import SIZES, Size, Visit, visiting


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """The worker's Chromium."""
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def site(browser: Chromium, engine: LocalAws) -> Iterator[Site]:
    """The worker's site; it needs the browser so that without one no server is started."""
    with opened(engine) as site:
        yield site


@pytest.fixture(params=SIZES, ids=lambda size: size.name)
def size(request: pytest.FixtureRequest) -> Size:
    """A desktop's screen, then a phone's."""
    size: Size = request.param
    return size


@pytest.fixture
def visit(browser: Chromium, site: Site, size: Size) -> Iterator[Visit]:
    """A visit of nobody signed in."""
    with visiting(browser, site.url, size) as visit:
        yield visit


@pytest.fixture
def page(visit: Visit) -> Page:
    """A page at the site: `page.goto("/api/docs")`."""
    return visit.page


@pytest.fixture
def faults(visit: Visit) -> Faults:
    """What the page did wrong: `faults.expect("answered 404")` where that is what is tested."""
    return visit.faults
