"""What a page does wrong fails the test, whatever it was about, unless the test expects it."""

import asyncio
from typing import Any

import pytest

from tests.browser import chromium
from tests.browser.chromium import Chromium
from tests.browser.site import Site
from tests.browser.visits import DESKTOP, visiting

FAULTS = {
    "console error: planted": "console.error('planted')",
    "uncaught error: planted": """new Promise((done) =>
        setTimeout(() => { done(); throw new Error('planted') }))""",
    "answered 404: .*/nowhere": "fetch('/nowhere')",
    "failed request: .*/broken": "fetch('/broken').catch(() => {})",
    "content security policy: script-src.* inline": """document.body.append(
        Object.assign(document.createElement('script'), {textContent: 'planted'}))""",
}
FOREIGN = {
    "request to another host: http://elsewhere.test/": "new Image().src='http://elsewhere.test/'",
    "request to another host: ws://elsewhere.test/": "new WebSocket('ws://elsewhere.test/')",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_the_test(browser: Chromium, site: Site, fault: str) -> None:
    with (
        pytest.raises(AssertionError, match=fault),
        visiting(browser, site.url, DESKTOP) as visit,
    ):
        visit.page.route("**/broken", lambda route: route.abort())
        visit.page.goto("/docs/errors")
        visit.page.evaluate(f"async () => {{ await {FAULTS[fault]} }}")


@pytest.mark.parametrize("fault", FOREIGN)
def test_another_host_fails_the_test(browser: Chromium, site: Site, fault: str) -> None:
    with (
        pytest.raises(AssertionError, match=fault),
        visiting(browser, site.url, DESKTOP) as visit,
    ):
        visit.page.set_content(f"<script>{FOREIGN[fault]}</script>")


def test_a_fault_that_was_expected_is_none(browser: Chromium, site: Site) -> None:
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.faults.expect("answered 404")
        visit.page.goto("/nowhere")


def test_a_fault_that_was_expected_has_to_come(browser: Chromium, site: Site) -> None:
    with (
        pytest.raises(AssertionError, match="expected, but not seen: answered 404"),
        visiting(browser, site.url, DESKTOP) as visit,
    ):
        visit.faults.expect("answered 404")
        visit.page.goto("/docs/errors")


def test_the_browser_leaves_no_running_loop_behind(browser: Chromium, site: Site) -> None:
    with visiting(browser, site.url, DESKTOP) as visit:
        visit.page.goto("/docs/errors")
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


async def test_an_asynchronous_test_runs_beside_the_browser(browser: Chromium) -> None:
    assert asyncio.get_running_loop() is not browser.loop


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail), ("", pytest.skip)])
def test_without_chromium_only_ci_fails(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: Any
) -> None:
    monkeypatch.setattr(chromium, "PATH", None)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome.Exception, match="apt install chromium"):
        chromium.needed()
