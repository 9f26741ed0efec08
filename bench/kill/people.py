"""Who takes part: people and documents, made through the public API."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "a-long-enough-passphrase"  # noqa: S105  of people who are gone when the test is
ITEMS = 8


@dataclass(frozen=True)
class Crew:
    """The tokens of people of one organisation; all may write."""

    tokens: list[str]


async def hire(url: str, count: int) -> Crew:
    """Register an organisation and so many people."""
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=False) as http:  # noqa: S501
        admin = {"organizationName": "Chaos Works", **_person(0)}
        token = (await _post(http, "/api/auth/register", admin))["token"]
        others = [_person(number) for number in range(1, count)]
        as_admin = {"Authorization": f"Bearer {token}"}
        await asyncio.gather(
            *(
                _post(http, "/api/users", {**one, "role": "member"}, headers=as_admin)
                for one in others
            )
        )
        logins = [{name: one[name] for name in ("email", "password")} for one in others]
        answers = await asyncio.gather(*(_post(http, "/api/auth/login", one) for one in logins))
        return Crew([token, *(answer["token"] for answer in answers)])


async def make_document(url: str, crew: Crew) -> str:
    """A checklist with some items; its id."""
    items = {
        f"item-{n}": {"text": f"Item {n}", "checked": False, "order": n} for n in range(ITEMS)
    }
    entity_id = f"checklist-{uuid4().hex}"
    body = {
        "entityType": "checklist",
        "entityId": entity_id,
        "content": {"title": "To be torn at", "items": items},
    }
    headers = {"Authorization": f"Bearer {crew.tokens[0]}"}
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=False) as http:  # noqa: S501
        await _post(http, "/api/documents", body, headers=headers)
    return entity_id


def _person(number: int) -> dict[str, str]:
    email = f"person-{number}-{uuid4().hex}@example.com"
    return {"name": f"Person {number}", "email": email, "password": PASSWORD}


async def _post(
    http: httpx.AsyncClient, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = await http.post(path, json=body, headers=headers)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made
