"""Staff at the admin, as a browser without scripts: it keeps cookies and sends forms."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from accounts import services
from prework.tenancy import system_actor
from tests.cast import PASSWORD, Answer, Person

ADMIN = "/admin/"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Visitor:
    """Somebody at the admin, signed in or not."""

    client: Client = field(
        default_factory=lambda: Client(
            raise_request_exception=False, enforce_csrf_checks=True, SERVER_NAME="127.0.0.1"
        )
    )

    def get(self, path: str = "", **query: str) -> Answer:
        """A page; `path` is below `/admin/`, or an address as it stands in a page."""
        address = path if path.startswith("/") else ADMIN + path
        if query:
            address += f"{'&' if '?' in address else '?'}{urlencode(query)}"
        return self.client.get(address)

    def post(self, path: str, data: dict[str, Any] | None = None) -> Answer:
        """Send the form of a page, with the token that the page has."""
        token = self.token(path)
        address = path if path.startswith("/") else ADMIN + path
        return self.client.post(address, {"csrfmiddlewaretoken": token, **(data or {})})

    def token(self, path: str) -> str:
        """What the forms of a page send along; of one without forms, of the first page."""
        pages = (self.get(page).content.decode() for page in (path, ""))
        found = next(filter(None, map(_TOKEN.search, pages)), None)
        return found[1] if found else ""

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> Answer:
        """Send the sign-in page's form."""
        return self.post("login/", {"username": email, "password": password, **more})

    def act(self, path: str, action: str, *ids: str, reason: str | None = None) -> Answer:
        """Do something to rows of a list: with a reason it is confirmed, without it is asked."""
        data: dict[str, Any] = {"action": action, "_selected_action": list(ids)}
        if reason is not None:
            data |= {"confirmed": "yes", "reason": reason}
        return self.post(path, data)


def appoint(person: Person, role: str | None) -> Person:
    """Make somebody staff."""
    actor = system_actor(person.organization_id).holding({"staff.manage"})
    services.appoint_staff(actor=actor, user_id=person.user_id, role=role)
    return person


def visitor(person: Person) -> Visitor:
    """Somebody of the staff, signed in."""
    made = Visitor()
    answer = made.sign_in(person.email)
    assert answer.status_code == 302, answer.content.decode()
    return made


def text_of(answer: Answer) -> str:
    """A page as text."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


def links_of(answer: Answer, rel: str) -> list[str]:
    """The addresses of a page's links of a kind: `next`, `prev`."""
    found = re.findall(rf'<a href="([^"]+)" rel="{rel}"', text_of(answer))
    return [one.replace("&amp;", "&") for one in found]
