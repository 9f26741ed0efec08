"""The address that people use, as they reach it: name, certificate, server, sockets, pages."""

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from prework import clock
from prework.doctor.findings import Finding, fail, ok, reason, warn

PATIENCE_SECONDS = 5
RENEW_BEFORE = timedelta(days=14)
SIGNED_OUT, FORBIDDEN = 4401, 4403  # how a socket without a ticket is closed
CHECK = "address"
URL = "PREWORK_PUBLIC_URL"
STYLES = "/static/admin/css/base.css"


def check_address() -> Iterator[Finding]:
    """Whether the name is known, the certificate is good, and it is we who answer."""
    parts = urlsplit(settings.PUBLIC_URL)
    try:
        if parts.scheme == "https":
            yield from _certificate(parts)
        else:
            socket.create_connection(_host_and_port(parts), PATIENCE_SECONDS).close()
    except socket.gaierror:
        yield fail(CHECK, f"{parts.hostname} has no address (DNS).", f"Look at DNS, and at {URL}.")
    except ssl.SSLError as error:
        yield fail(CHECK, reason(error), "Renew or complete the certificate at the proxy.")
    except OSError as error:
        yield fail(
            CHECK,
            f"{settings.PUBLIC_URL}: {reason(error)}",
            f"Start the server, or set {URL} to where it is; then look at proxy and firewall.",
        )
    else:
        yield from _health()


def check_pages() -> Iterator[Finding]:
    """Whether static files come along."""
    answer = _get(STYLES)
    kind = answer.headers.get("content-type", "")
    if answer.status == 200 and kind.startswith("text/css"):
        yield ok("pages", "Static files are served.")
    else:
        yield fail(
            "pages",
            f"{STYLES} is answered by {answer.status}, {kind or 'without a type'}.",
            "Let the proxy pass /static/ to prework, which serves it.",
        )


def check_sockets() -> Iterator[Finding]:
    """Whether a WebSocket gets through, from a page of this address."""
    parts = urlsplit(settings.PUBLIC_URL)
    url = parts._replace(scheme="wss" if parts.scheme == "https" else "ws", path="")
    origin: Any = f"{parts.scheme}://{parts.netloc}"
    try:
        with connect(
            f"{url.geturl()}/ws/notifications", origin=origin, open_timeout=PATIENCE_SECONDS
        ) as opened:
            opened.recv(PATIENCE_SECONDS)
    except ConnectionClosed as closed:
        yield _by_code(closed.rcvd.code if closed.rcvd else 0, origin)
    except InvalidStatus as refused:
        yield _not_upgraded(f"answered {refused.response.status_code}")
    except (InvalidHandshake, TimeoutError) as error:
        yield _not_upgraded(f"failed: {reason(error)}")
    except OSError as error:
        yield fail("sockets", reason(error), "Mend the address first, as said above.")
    else:
        yield _not_upgraded("let in somebody without a ticket")


def _by_code(code: int, origin: str) -> Finding:
    if code == SIGNED_OUT:
        return ok("sockets", "WebSockets come through.")
    if code == FORBIDDEN:
        advice = f"Add {origin} to PREWORK_ALLOWED_ORIGINS."
        return fail("sockets", f"Pages of {origin} may not open WebSockets.", advice)
    return _not_upgraded(f"closed with {code}")


def _not_upgraded(what: str) -> Finding:
    return fail(
        "sockets",
        f"A WebSocket to {settings.PUBLIC_URL} {what}.",
        "Let the proxy pass /ws/ with HTTP/1.1 and the headers Upgrade and Connection, "
        "and keep it open for minutes.",
    )


def _certificate(parts: SplitResult) -> Iterator[Finding]:
    host, port = _host_and_port(parts)
    with contextlib.ExitStack() as opened:
        plain = opened.enter_context(socket.create_connection((host, port), PATIENCE_SECONDS))
        context = ssl.create_default_context()
        secure = opened.enter_context(context.wrap_socket(plain, server_hostname=host))
        certificate = secure.getpeercert() or {}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    if ends - clock.now() < RENEW_BEFORE:
        yield warn(CHECK, f"The certificate ends on {ends:%Y-%m-%d}.", "See to its renewal.")


def _health() -> Iterator[Finding]:
    alive, ready = _get("/healthz"), _get("/readyz")
    if (alive.status, _json(alive)) != (200, {"status": "ok"}):
        yield fail(
            CHECK,
            f"{settings.PUBLIC_URL}/healthz is answered by {alive.status}, and not by prework.",
            f"Look at where the proxy leads, and at {URL}.",
        )
    elif ready.status != 200:
        failed = ", ".join(_json(ready).get("failed", [])) or f"it answered {ready.status}"
        yield fail(CHECK, f"The server is not ready: {failed}.", "Look at its log, and below.")
    else:
        yield ok(CHECK, f"{settings.PUBLIC_URL} answers, alive and ready.")


def _get(path: str) -> urllib3.BaseHTTPResponse:
    address = settings.PUBLIC_URL.rstrip("/") + path
    return urllib3.request("GET", address, timeout=PATIENCE_SECONDS, retries=False)


def _json(answer: urllib3.BaseHTTPResponse) -> Any:
    try:
        found = json.loads(answer.data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
