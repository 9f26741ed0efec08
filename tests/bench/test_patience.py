"""Waiting with an end to it."""

import asyncio

import pytest

from bench.kill.patience import is_done_within


async def test_what_is_done_in_time() -> None:
    assert await is_done_within(5, asyncio.sleep(0))


async def test_what_is_not_is_given_up() -> None:
    never = asyncio.Event()

    async def wait() -> None:
        await never.wait()

    assert not await is_done_within(1, wait())


async def test_what_fails_says_so() -> None:
    async def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await is_done_within(5, fail())
