"""The processes that render: without secrets, replaceable, and gone with their server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips
from pytest_django import Settings

from media.engine import workers
from media.engine.worker import NICENESS, landlock_version
from media.engine.workers import Busy, Pool, Refused
from prework.localaws import LocalAws
from tests.cast import Person
from tests.media.images.pictures import jpeg, path_of, photo, plain, png
from tests.media.images.servers import servers, status

ASKED = {
    "width": 10,
    "height": None,
    "fit": "contain",
    "format": "png",
    "quality": None,
    "side": 4096,
    "frames": 10,
    "bytes": 1_000_000,
}


@pytest.fixture
def pool(settings: Settings) -> Iterator[Pool]:
    """A pool of one process."""
    settings.IMAGE_WORKERS = 1
    made = Pool()
    yield made
    made.close()


def render(pool: Pool, tmp_path: Path, body: bytes | None = None, **asked: Any) -> bytes:
    file = tmp_path / "image"
    file.write_bytes(png(plain(64, 64)) if body is None else body)
    with file.open("rb") as image:
        return pool.render(image.fileno(), {**ASKED, **asked})


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not status(pid, "State").startswith("Z")


def until_ended(pid: int) -> None:
    """Until a child of ours has ended with all its threads; then it can be waited for."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_is_begun_when_it_is_needed_and_used_again(pool: Pool, tmp_path: Path) -> None:
    assert pool.pids() == []
    render(pool, tmp_path)
    pids = pool.pids()
    render(pool, tmp_path)
    assert pool.pids() == pids


def test_it_holds_no_secret_and_no_file_of_ours(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    with (tmp_path / "open").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        render(pool, tmp_path)
        (pid,) = pool.pids()
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"AWS" not in environment
        assert b"SECRET" not in environment
        opened = [os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()]
        assert [one for one in opened if str(tmp_path) in one] == []
        assert len({one for one in opened if one.startswith("socket")}) == 1
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "django" not in maps
    assert "_ssl" not in maps


AS_KERNEL = """
import importlib.util
spec = importlib.util.spec_from_file_location("worker", {script!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
version = min({version}, worker.landlock_version())
worker.landlock_version = lambda: version
"""
TRY = """
import ctypes, os, socket, sys
worker._confine()
def at(kind, where):
    with socket.socket(*kind) as tried:
        tried.connect(where)
def signal_thread(pid):
    if kernel.syscall(TGKILL[os.uname().machine], pid, pid, 0) < 0:
        raise OSError(ctypes.get_errno(), "tgkill")
kernel = ctypes.CDLL(None, use_errno=True)
TGKILL = {"x86_64": 234, "aarch64": 131}
here = "127.0.0.1", int(sys.argv[1])
tries = {
    "reads a file": lambda: open(spec.origin),
    "sees the server's environment": lambda: open(f"/proc/{os.getppid()}/environ"),
    "lists a folder": lambda: os.listdir("/"),
    "writes a file": lambda: open(sys.argv[2] + ".new", "w"),
    "changes a file's rights": lambda: os.chmod(sys.argv[2], 0o777),
    "runs a program": lambda: os.execv("/bin/true", ["true"]),
    "calls somebody": lambda: at((socket.AF_INET, socket.SOCK_STREAM), here),
    "sends somebody a packet": lambda: at((socket.AF_INET, socket.SOCK_DGRAM), here),
    "calls somebody on this machine": lambda: at((socket.AF_UNIX,), sys.argv[2]),
    "kills the server": lambda: os.kill(os.getppid(), 0),
    "kills a thread of the server": lambda: signal_thread(os.getppid()),
}
for what, attempt in tries.items():
    try:
        attempt()
    except PermissionError:
        continue
    print(what)
"""
FILES = ["reads a file", "sees the server's environment", "lists a folder", "writes a file"]
KERNELS = range(8)


def as_kernel(version: int) -> str:
    """A program's beginning: the worker, as if the kernel had no more of Landlock than this."""
    return AS_KERNEL.format(script=str(workers.SCRIPT), version=version)


@pytest.mark.parametrize("version", [0, KERNELS[-1]])
def test_whoever_takes_one_over_reaches_nothing_but_files_without_landlock(
    tmp_path: Path, version: int
) -> None:
    path = str(tmp_path / "socket")
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_server(path, family=socket.AF_UNIX),
    ):
        program = as_kernel(version) + TRY
        command = [sys.executable, "-I", "-c", program, str(listening.getsockname()[1]), path]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  our own
    has_landlock = min(version, landlock_version()) > 0
    assert done.stdout.splitlines() == ([] if has_landlock else FILES)


def test_one_that_gives_up_ends_all_the_same() -> None:
    program = as_kernel(0) + "import os; worker._confine(); os.abort()"
    command = [sys.executable, "-I", "-c", program]
    assert subprocess.run(command, capture_output=True, timeout=30, check=False).returncode < 0  # noqa: S603  our own


LOAD = """
import pyvips
worker._confine()
for name, body in {"matrix": b"1 1\\n1\\n", "csv": b"1,2", "vips": bytes(99), "jpeg": b""}.items():
    source = pyvips.Source.new_from_memory(body)
    try:
        pyvips.Operation.call(f"{name}load_source", source)
    except pyvips.Error as error:
        print(name, "operation is blocked" in str(error))
"""


def test_it_knows_few_loaders() -> None:
    command = [sys.executable, "-I", "-c", as_kernel(0) + LOAD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)  # noqa: S603  our own
    assert done.stdout.splitlines() == ["matrix True", "csv True", "vips True", "jpeg False"]


@pytest.mark.parametrize(
    "kernel",
    [*map(as_kernel, KERNELS), as_kernel(0) + "worker._machine = lambda: 'riscv64'\n"],
    ids=[*(f"landlock {version}" for version in KERNELS), "neither"],
)
def test_it_renders_on_every_kernel(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: str
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(kernel + "worker.main()")
    monkeypatch.setattr(workers, "SCRIPT", script)
    assert render(pool, tmp_path)
    assert len(pool.pids()) == 1


def test_what_it_may_take_is_bounded(pool: Pool, tmp_path: Path) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    limits = Path(f"/proc/{pid}/limits").read_text()
    found = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert found["Max data size"] == ["419430400", "419430400"]
    assert found["Max file size"] == ["0", "0"]
    assert found["Max core file size"] == ["0", "0"]
    assert found["Max open files"] == ["32", "32"]
    assert found["Max cpu time"][0] in ("10", "11")
    assert status(pid, "NoNewPrivs") == "1"
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, ours + NICENESS)
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    assert len(threads) > 1
    assert {"Seccomp:\t2" in (one / "status").read_text() for one in threads} == {True}


def test_one_that_died_while_it_waited_is_followed_by_another(pool: Pool, tmp_path: Path) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGKILL)
    until_ended(pid)
    assert render(pool, tmp_path)
    assert pool.pids() != [pid]


@pytest.mark.parametrize(
    ("ending", "error"),
    [(signal.SIGKILL, Busy), (signal.SIGTERM, Busy), (signal.SIGSEGV, Refused)],
)
def test_one_that_dies_at_an_image_is_followed_by_another(
    pool: Pool, tmp_path: Path, ending: signal.Signals, error: type[Exception]
) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as beside:
        rendering = beside.submit(render, pool, tmp_path)
        while pool.pids():  # it is not taken yet
            time.sleep(0.01)
        os.kill(pid, ending)
        os.kill(pid, signal.SIGCONT)
        raised = rendering.exception(20)
    assert isinstance(raised, error)
    if isinstance(raised, Refused):
        assert (raised.code, raised.is_of_image) == ("unreadable", True)
    assert render(pool, tmp_path)


def test_one_that_does_not_answer_is_ended(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 0.1)
    with pytest.raises(Busy):
        render(pool, tmp_path)
    until_gone(pid)
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 25.0)
    assert render(pool, tmp_path)


class Unreadable(int):
    """A limit that fails whoever looks at it: after the request is sent, before its answer."""

    def __lt__(self, other: object) -> bool:
        raise MemoryError


def test_nobody_is_given_the_answer_that_somebody_else_has_left(
    pool: Pool, tmp_path: Path
) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    with pytest.raises(MemoryError):
        render(pool, tmp_path, width=20, bytes=Unreadable(1_000_000))
    assert not is_alive(pid)
    picture = pyvips.Image.new_from_buffer(render(pool, tmp_path, width=30), "")
    assert picture.width == 30


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\0" * 8,
        b"\xff" * 8,
        b"\0\0\0\2\0\0\0\0[]",
        b"\0\0\0\1\0\0\0\0{",
        b"\0\0\0\2\0\0\0\0\xff\xff",
        b"\0\0\x0f\xff\0\0\0\0" + b"[" * 0xFFF,
        b"\0\0\0\2\0\0\0\5{}half",
    ],
    ids=repr,
)
def test_one_that_answers_nonsense_is_ended(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(f"import os\nos.read(0, 9000)\nos.write(0, {answer!r})\n")
    with monkeypatch.context() as patch:
        patch.setattr(workers, "SCRIPT", script)
        with pytest.raises(Refused) as refused:
            render(pool, tmp_path)
    assert refused.value.is_of_image
    assert pool.pids() == []
    assert render(pool, tmp_path)


def test_where_none_can_be_begun_it_is_busy_and_later_not(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(tmp_path / "gone"))
        for _ in range(2):
            with pytest.raises(Busy):
                render(pool, tmp_path)
    assert render(pool, tmp_path)


def test_what_takes_too_much_of_the_processor_is_ended(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PROCESSOR_SECONDS", 1)
    body = jpeg(plain(9000, 9000))
    with pytest.raises(Refused) as refused:
        render(pool, tmp_path, body, width=None, format="webp", quality=90)
    assert (refused.value.code, refused.value.is_of_image) == ("too_large", True)
    assert render(pool, tmp_path)


def test_what_is_wrong_with_an_image_ends_no_process(pool: Pool, tmp_path: Path) -> None:
    render(pool, tmp_path)
    pids = pool.pids()
    for body in (b"", b"x", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"):
        with pytest.raises(Refused):
            render(pool, tmp_path, body)
    assert pool.pids() == pids


def test_a_picture_that_would_be_too_large_is_none(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        render(pool, tmp_path, bytes=10)
    assert (refused.value.code, refused.value.is_of_image) == ("too_large", False)
    assert render(pool, tmp_path)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".tif"])
def test_more_frames_than_may_be(pool: Pool, tmp_path: Path, suffix: str) -> None:
    for count in (3, 4):
        moving = pyvips.Image.arrayjoin(
            [plain(8, 8, (50 * frame, 0, 0)) for frame in range(count)], across=1
        ).copy()
        moving.set_type(pyvips.GValue.gint_type, "page-height", 8)
        body = bytes(moving.write_to_buffer(suffix))
        if count == 3:
            assert render(pool, tmp_path, body, frames=3)
            continue
        with pytest.raises(Refused) as refused:
            render(pool, tmp_path, body, frames=3)
        assert (refused.value.code, str(refused.value)) == ("too_large", "frames")


def test_ctrl_c_is_not_for_it(pool: Pool, tmp_path: Path) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGINT)
    assert render(pool, tmp_path)
    assert pool.pids() == [pid]


def test_too_large_for_one_format_is_not_broken(pool: Pool, tmp_path: Path) -> None:
    body = png(plain(9_000, 9_000))
    with pytest.raises(Refused) as refused:
        render(pool, tmp_path, body, width=None, format="avif", quality=60)
    assert (refused.value.code, refused.value.is_of_image) == ("too_large", False)
    assert render(pool, tmp_path, body)


def test_after_many_images_it_is_another(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "IMAGES_EACH", 2)
    seen = []
    for _ in range(3):
        render(pool, tmp_path)
        seen.append(pool.pids())
    assert seen[1] == []
    assert seen[2] not in ([], seen[0])


def test_who_finds_none_free_is_told_so(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WAIT_SECONDS", 0.01)
    with pool._one(), pytest.raises(Busy):
        render(pool, tmp_path)
    assert render(pool, tmp_path)


def test_when_the_pool_is_closed_they_are_gone(pool: Pool, tmp_path: Path) -> None:
    render(pool, tmp_path)
    (pid,) = pool.pids()
    pool.close()
    assert not is_alive(pid)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_with_their_server_they_are_gone(
    engine: LocalAws, alice: Person, ending: signal.Signals
) -> None:
    path = path_of(photo(alice, jpeg(plain(64, 64)))["thumbnailUrl"])
    with servers(engine, 1) as (server,):
        assert httpx.get(server.url + path, timeout=20).status_code == 200
        (pid,) = server.workers()
        server.process.send_signal(ending)
        server.process.wait(20)
    until_gone(pid)
