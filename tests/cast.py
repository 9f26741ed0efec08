"""The people of the tests, who act through services and the public API as anybody would."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from django.test import Client

from accounts import services
from prework.ids import new_id
from prework.tenancy import Actor, Origin, StaffActor, system_actor
from tests import watch

# A response as the test client gives it, with `json()`.
Answer = Any
PASSWORD = "a-long-enough-passphrase"
ORIGIN = Origin(request_id="test", ip="192.0.2.1", user_agent="tests")


@dataclass
class Api:
    """A client of the HTTP API that speaks JSON."""

    token: str = ""

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request; `body` may be raw bytes."""
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        signed_in = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given = {"Content-Type": "application/json", **signed_in, **(headers or {})}
        client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
        content_type = given.pop("Content-Type")
        writes = watch.is_writing.set(method != "GET")
        try:
            response: Answer = client.generic(
                method, path, raw, content_type=content_type, headers=given
            )
        finally:
            watch.is_writing.reset(writes)
        return response

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, headers=_named(headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, headers=_named(headers))

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PATCH", path, body, headers=_named(headers))

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    """`If_Match="x"` as `If-Match: x`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Person:
    """Somebody with a sign-in: `api` calls as them, `actor` is them inside."""

    user: Any
    token: str
    email: str

    @property
    def user_id(self) -> str:
        return str(self.user.user_id)

    @property
    def organization_id(self) -> str:
        return str(self.user.organization_id)

    @property
    def api(self) -> Api:
        return Api(self.token)

    @property
    def actor(self) -> Actor:
        return services.actor_for_token(self.token, ORIGIN)

    def trail(self, **filters: str) -> list[dict[str, Any]]:
        """The audit entries that this person may see, newest first."""
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        answer = self.api.get(f"/api/audit?{query}")
        assert answer.status_code == 200, answer.content
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@dataclass
class Organization:
    """An organisation and its first admin."""

    organization_id: str
    admin: Person
    people: list[Person] = field(default_factory=list)


def found_organization(name: str) -> Organization:
    """Register an organisation, with an admin called alice."""
    email = f"alice-{new_id()}@example.com"
    signed_in = services.register_organization(
        origin=ORIGIN, organization_name=name, name="Alice", email=email, password=PASSWORD
    )
    admin = Person(signed_in.user, signed_in.token, email)
    return Organization(admin.organization_id, admin, [admin])


def hire(org: Organization, name: str, *, role: str, grants: tuple[str, ...] = ()) -> Person:
    """Create a user in the organisation and sign them in."""
    email = f"{name}-{new_id()}@example.com"
    services.create_user(
        actor=org.admin.actor,
        email=email,
        name=name.capitalize(),
        role=role,
        password=PASSWORD,
        grants=grants,
    )
    person = sign_in(email)
    org.people.append(person)
    return person


def sign_in(email: str) -> Person:
    """Sign somebody in anew."""
    signed_in = services.login(origin=ORIGIN, email=email, password=PASSWORD)
    return Person(signed_in.user, signed_in.token, email)


def appoint(person: Person, role: str | None) -> None:
    """Make somebody staff of the platform, as `manage.py staff` does."""
    system = system_actor(person.organization_id, origin=ORIGIN).holding({"staff.manage"})
    services.appoint_staff(actor=system, user_id=person.user_id, role=role)


def sign_in_staff(person: Person) -> StaffActor:
    """Sign somebody of the staff in to the admin."""
    signed_in = services.sign_in_staff(origin=ORIGIN, email=person.email, password=PASSWORD)
    return signed_in.actor


def staff_person(role: str) -> StaffActor:
    """Somebody of the staff with this role, in an organisation of their own, signed in."""
    person = found_organization("Platform").admin
    appoint(person, role)
    return sign_in_staff(person)
