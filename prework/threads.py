"""Blocking calls off the event loop: one bounded pool, as large as the AWS connection pools."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
T = TypeVar("T")
POOL = ThreadPoolExecutor(settings.THREADS, thread_name_prefix="prework")


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call on the pool and await its result.

    Channels' `database_sync_to_async` would put all calls of a process on one thread.
    """
    context = copy_context()
    work = partial(context.run, partial(call, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(POOL, work)
