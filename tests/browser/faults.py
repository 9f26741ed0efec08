"""What a page does wrong while a test looks at something else, and must not."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
    WebSocket,
)

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => reportPolicyViolation(
    `${event.effectiveDirective} of ${event.documentURI} forbids ${event.blockedURI}`));
"""
# Of a request that its own page gave up: a link was followed, a download began.
ABORTED = "net::ERR_ABORTED"


@dataclass
class Faults:
    """Every fault of a browser's pages; those not expected fail the test when it is over."""

    home: str
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page that is opened from now on."""
        context.expose_binding("reportPolicyViolation", self._on_violation)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_request_failed)
        context.on("response", self._on_response)
        context.on("page", self._on_page)

    def expect(self, pattern: str) -> None:
        """In this test a fault that matches is right, and one has to be seen."""
        self.expected.append(pattern)

    def check(self) -> None:
        """Fail on what was not expected, and on what was expected and did not come."""
        found = [
            fault for fault in self.seen if not any(re.search(p, fault) for p in self.expected)
        ]
        found += [
            f"expected, but not seen: {pattern}"
            for pattern in self.expected
            if not any(re.search(pattern, fault) for fault in self.seen)
        ]
        assert not found, "faults of the page:\n" + "\n".join(found)

    def _on_violation(self, _: Any, what: str) -> None:
        self.seen.append(f"content security policy: {what}")

    def _on_console(self, message: ConsoleMessage) -> None:
        # What did not load is told below, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.seen.append(f"console error: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self.seen.append(f"uncaught error: {error.error}")

    def _on_request(self, request: Request) -> None:
        self._look_at_host(request.url)

    def _on_request_failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.seen.append(f"failed request: {request.url} ({request.failure})")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.seen.append(f"answered {response.status}: {response.url}")

    def _on_page(self, page: Page) -> None:
        page.on("websocket", self._on_socket)
        page.on("crash", lambda _: self.seen.append("the page crashed"))

    def _on_socket(self, socket: WebSocket) -> None:
        self._look_at_host(socket.url)
        socket.on("socketerror", lambda error: self.seen.append(f"socket: {socket.url} ({error})"))

    def _look_at_host(self, url: str) -> None:
        asked = urlsplit(url)
        is_remote = asked.scheme in ("http", "https", "ws", "wss")
        if is_remote and asked.netloc != urlsplit(self.home).netloc:
            self.seen.append(f"request to another host: {url}")
