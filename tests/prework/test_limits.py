"""Rate limits and their Redis: without it nobody is limited, and nobody waits for it."""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import parse

from prework.http.limits import Limiter

ONE = parse("1/minute")


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Something that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0)
        yield listening


def connections(listening: socket.socket) -> int:
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_one_too_many_is_told_when_to_come_back() -> None:
    limiter = Limiter("")
    assert limiter.reset_at(ONE, "user", "a") is None
    assert limiter.reset_at(ONE, "user", "a") is not None
    assert limiter.reset_at(ONE, "user", "b") is None


@pytest.fixture
def threads_that_alternate() -> Iterator[None]:
    """Threads take turns after microseconds, as if there were many processors."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("threads_that_alternate")
def test_threads_that_count_at_once_do_so_without_a_fault() -> None:
    limiter, many, together = Limiter(""), parse("1000/minute"), threading.Barrier(16, timeout=5)

    def hit(_: int) -> None:
        together.wait()
        time.sleep(0.015)  # the timer of the storage has ended: the next one starts it anew
        assert limiter.reset_at(many, "user", "a") is None

    with ThreadPoolExecutor(16) as threads:
        assert len(list(threads.map(hit, range(16 * 20)))) == 320


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(silent: socket.socket) -> None:
    limiter = Limiter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert [limiter.reset_at(ONE, "user", "a") for _ in range(5)] == [None] * 5
    assert connections(silent) == 1


def test_so_is_one_that_is_not_there() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        limiter = Limiter(f"redis://127.0.0.1:{reserved.getsockname()[1]}/0")
        assert [limiter.reset_at(ONE, "user", "a") for _ in range(5)] == [None] * 5
