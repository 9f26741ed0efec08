"""A body over the limit is refused as anything else is, and is never kept."""

from collections.abc import AsyncIterator

import pytest
from django.conf import settings

from tests.cast import Person
from tests.matching import problem
from tests.prework.asgi import serving

LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def streamed(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b" " * 65_536


@pytest.mark.parametrize("is_announced", [True, False])
async def test_too_large_is_413_with_all_that_an_answer_has(
    alice: Person, *, is_announced: bool
) -> None:
    headers = {
        "Authorization": f"Bearer {alice.token}",
        "Content-Type": "application/json",
        "Origin": settings.ALLOWED_ORIGINS[0],
        "X-Request-ID": "mine",
    }
    body = b" " * (LIMIT + 1) if is_announced else streamed(LIMIT + 1)
    async with serving() as client:
        answer = await client.post("/api/teams", content=body, headers=headers)
    assert answer.status_code == 413
    assert answer.json() == problem(413, "body_too_large", requestId="mine")
    assert answer.headers["X-Request-ID"] == "mine"
    assert answer.headers["Access-Control-Allow-Origin"] == settings.ALLOWED_ORIGINS[0]


async def test_what_is_just_small_enough_is_read(alice: Person) -> None:
    body = b'{"name": "Team"}'
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    async with serving() as client:
        answer = await client.post(
            "/api/teams", content=body + b" " * (LIMIT - len(body)), headers=headers
        )
    assert answer.status_code == 201


async def test_static_files_are_served() -> None:
    async with serving() as client:
        page = (await client.get("/api/docs")).text
        script = next(part for part in page.split('"') if part.endswith("swagger-ui-bundle.js"))
        answer = await client.get(script)
    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
