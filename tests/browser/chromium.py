"""Debian's Chromium, driven by Playwright: one a worker, its event loop hidden from the rest."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, sync_playwright

PATH = shutil.which("chromium")
# Playwright adds a new, empty profile, no sandbox, and nothing fetched in the background.
ARGUMENTS = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    # A page that asks another host gets an error at once, whatever network there is.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Chromium:
    """A running browser, and the event loop that its calls are made on."""

    browser: Browser
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def in_use(self) -> Iterator[Browser]:
        """Playwright may be called inside this block only.

        Its loop stands still between two calls, in a greenlet of its own, but counts as the one
        that runs on this thread: asynchronous tests could not start theirs.
        """
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self.loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(before)


@contextmanager
def launched() -> Iterator[Chromium]:
    """A browser, closed afterwards."""
    path = needed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        chromium = Chromium(browser, asyncio.get_running_loop())
        asyncio._set_running_loop(None)
        yield chromium
        asyncio._set_running_loop(chromium.loop)  # until Playwright is stopped, which ends it
        browser.close()


def needed() -> str:
    """Where Chromium is. Without it a test is skipped, and fails in CI, which installs it."""
    if PATH:
        return PATH
    missing = "no chromium on this machine (Debian: apt install chromium)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
