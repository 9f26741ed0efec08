"""Mail that is sent beside the request: how long that takes tells its caller nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import BoundedSemaphore
from typing import ParamSpec

import structlog

P = ParamSpec("P")
THREADS = 2
MOST_WAITING = 1000  # a mail server that hangs must not fill the memory

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
_places = BoundedSemaphore(MOST_WAITING)
log = structlog.get_logger(__name__)


def later(work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Do this soon, on a thread of its own; when too much is waiting, not at all."""
    if not _places.acquire(blocking=False):
        log.warning("outbox_full")
        return
    _pool.submit(_run, partial(work, *args, **kwargs))


def _run(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # nobody waits for it: whoever asked asks again
        log.exception("outbox_failed")
    finally:
        _places.release()
