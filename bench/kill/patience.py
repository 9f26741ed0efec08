"""Waiting with an end to it."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def is_done_within(seconds: float, doing: Coroutine[Any, Any, None]) -> bool:
    """Do something in so many seconds, and say whether it was done; else it is given up.

    They are counted one by one: a machine that was put to sleep meanwhile has not used them up.
    """
    task = asyncio.create_task(doing)
    try:
        for _ in range(round(seconds)):
            done, _pending = await asyncio.wait([task], timeout=1)
            if done:
                await task
                return True
    finally:
        task.cancel()
    return False
