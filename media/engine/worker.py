"""Renders images in a process of its own, which holds no secret and may die at any of them.

It is run as a script, with nothing of ours beside it: whatever an image does to its decoder is
done to a process without settings, credentials or files of its own, that can take no more memory
and no more time than it is given. Requests are a line of JSON with the image's file descriptor;
answers are two lengths, a line of JSON, and the bytes of the picture.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import struct
from collections.abc import Mapping
from typing import Any

import pyvips

LENGTHS = struct.Struct("!II")
LINE_BYTES = 64 * 1024
NICENESS = 5
# Memory that is written to, of all threads and libraries; what is mapped of files comes on top.
DATA_BYTES = 400 * 1024 * 1024
OPEN_FILES = 32
HEAD_BYTES = 64
MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
LOADERS = {
    "jpeg": "VipsForeignLoadJpeg",
    "png": "VipsForeignLoadPng",
    "gif": "VipsForeignLoadNsgif",
    "webp": "VipsForeignLoadWebp",
    "avif": "VipsForeignLoadHeif",
    "tiff": "VipsForeignLoadTiff",
}
# The others are decoded line by line; these whole, in so many times the memory.
WHOLE = {"gif": 4, "webp": 4, "avif": 4}
INTERLACED = 2
OPTIONS: dict[str, dict[str, Any]] = {
    "webp": {"effort": 4},
    "avif": {"compression": "av1", "effort": 2},
    "jpeg": {"optimize_coding": True},
    "png": {"compression": 6},
}
NO_NEW_PRIVILEGES = 38
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446
LANDLOCK_FILES = ((5, 16), (3, 15), (2, 14), (1, 13))  # since which version so many rights
LANDLOCK_TCP, LANDLOCK_SCOPES = 3, 3
# What Landlock leaves: sockets of any kind, programs, processes, whose a file is. By machine: its
# number, and the system calls socket, socketpair, connect, bind; execve, execveat, ptrace,
# process_vm_readv, -writev; kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo,
# pidfd_send_signal; io_uring_setup; fchmodat, fchownat, fchmodat2; the older chmod, chown, lchown,
# fork, vfork.
SECCOMP, SECCOMP_FILTER = 22, 2
SYSTEM_CALLS = {
    "x86_64": (
        0xC000003E,
        (41, 53, 42, 49)
        + (59, 322, 101, 310, 311)
        + (62, 200, 234, 129, 297, 424)
        + (425, 268, 260, 452)
        + (90, 92, 94, 57, 58),
    ),
    "aarch64": (
        0xC00000B7,
        (198, 199, 203, 200)
        + (221, 281, 117, 270, 271)
        + (129, 130, 131, 138, 240, 424)
        + (425, 53, 54, 452),
    ),
}
X32 = 0x40000000  # on x86_64 the same calls by other numbers
LOAD, IS, IS_AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
ALLOWED, DENIED = 0x7FFF0000, 0x00050001  # which is EPERM
TOO_LARGE = ("memory", "alloc", "too large", "encod")
SAVERS = {"webp": "webpsave", "avif": "heifsave", "jpeg": "jpegsave", "png": "pngsave"}


class Refused(Exception):
    """The image is none, is broken, or would take too much."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def main() -> None:
    """Serve the socket that is our standard input, until it is closed."""
    _confine()
    with socket.socket(fileno=os.dup(0)) as requests:
        while (received := _receive(requests)) is not None:
            asked, image = received
            try:
                head, body = _answer(image, asked)
            finally:
                os.close(image)
            line = json.dumps(head).encode()
            requests.sendall(LENGTHS.pack(len(line), len(body)) + line + body)


def render(image: int, asked: Mapping[str, Any]) -> tuple[bytes, dict[str, int]]:
    """The picture of the image in this file, and its size. Raises `Refused`."""
    kind = _kind(os.pread(image, HEAD_BYTES, 0))
    source = pyvips.Source.new_from_descriptor(image)
    try:
        size = _size(source, kind, asked)
        shown = _shown(source, *_target(size, asked))
        picture = _painted(shown, has_alpha=asked["format"] != "jpeg")
        body = _saved(picture, asked["format"], asked["quality"])
    except pyvips.Error as error:
        raise _refusal(str(error)) from error
    return body, {"width": picture.width, "height": picture.height}


def landlock_version() -> int:
    """How much of Landlock this kernel has; 0 or less is none."""
    return int(ctypes.CDLL(None).syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))


def _answer(image: int, asked: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    _allow(asked["seconds"])
    try:
        body, size = render(image, asked)
    except Refused as refused:
        return {"refused": refused.code, "reason": str(refused)[:300]}, b""
    except MemoryError:
        return {"refused": "too_large", "reason": "memory"}, b""
    if len(body) > asked["bytes"]:
        return {"refused": "too_large", "reason": "the picture would be too large"}, b""
    return dict(size), body


def _kind(head: bytes) -> str:
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1") and b"avif" in head:
        return "avif"
    raise Refused("not_an_image", "no type that is rendered")


def _size(source: pyvips.Source, kind: str, asked: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height as they are shown; of what can be rendered at all."""
    loader = "heifload" if kind == "avif" else f"{kind}load"
    header = pyvips.Operation.call(f"{loader}_source", source, access="sequential")
    weight = WHOLE.get(kind, INTERLACED if _number(header, "interlaced") else 1)
    if header.width * header.height * weight > asked["pixels"]:
        raise Refused("too_large", f"{header.width} x {header.height} pixels")
    if _number(header, "n-pages") > asked["frames"]:
        raise Refused("too_large", "frames")
    is_turned = _number(header, "orientation") in (5, 6, 7, 8)
    return (header.height, header.width) if is_turned else (header.width, header.height)


def _number(header: pyvips.Image, name: str) -> int:
    found = header.get(name) if header.get_typeof(name) else 0
    return found if isinstance(found, int) else 0


def _target(size: tuple[int, int], asked: Mapping[str, Any]) -> tuple[int, int, bool]:
    """The sides of the picture, and whether it is cut to them; never larger than the image is.

    To be cut, the box that is wanted shrinks until the image covers it.
    """
    width, height = size
    wanted_width, wanted_height = asked["width"], asked["height"]
    if asked["fit"] == "crop" and wanted_width and wanted_height:
        box = wanted_width, wanted_height
        if wanted_width > width or wanted_height > height:  # in whole numbers: none is a pixel off
            is_wide = width * wanted_height < height * wanted_width
            by, of = (width, wanted_width) if is_wide else (height, wanted_height)
            box = wanted_width * by // of, wanted_height * by // of
        return max(1, box[0]), max(1, box[1]), True
    most = asked["side"]
    box = min(wanted_width or most, most, width), min(wanted_height or most, most, height)
    return *box, False


def _shown(source: pyvips.Source, width: int, height: int, is_cut: bool) -> pyvips.Image:
    """The image at its size: turned as its EXIF says, in sRGB whatever its profile is."""
    return pyvips.Image.thumbnail_source(
        source,
        width,
        height=height,
        size="both" if is_cut else "down",
        crop="centre" if is_cut else "none",
        export_profile="srgb",
        option_string="[fail_on=error]",  # a fail_on of its own it does not give to its loader
    )


def _painted(shown: pyvips.Image, *, has_alpha: bool) -> pyvips.Image:
    """It in eight bits of red, green and blue, over white where it cannot be seen through."""
    picture = shown.colourspace("srgb") if shown.interpretation != "srgb" else shown
    if picture.bands > 4:
        picture = picture[:3]
    if picture.hasalpha() and not has_alpha:
        picture = picture.flatten(background=[255, 255, 255])
    return picture.cast("uchar")


def _saved(picture: pyvips.Image, format: str, quality: int) -> bytes:
    """The file, of which nothing is kept but what is seen: no place, no camera, no preview."""
    options = {**OPTIONS[format], **({} if format == "png" else {"Q": quality})}
    saved = getattr(picture, f"{SAVERS[format]}_buffer")(keep="none", **options)
    return bytes(saved)


def _refusal(reason: str) -> Refused:
    """Why it failed: a format's encoder fails for want of memory alone, in whatever words."""
    is_memory = any(word in reason.lower() for word in TOO_LARGE)
    return Refused("too_large" if is_memory else "unreadable", " ".join(reason.split()))


def _receive(requests: socket.socket) -> tuple[dict[str, Any], int] | None:
    line, images, _, _ = socket.recv_fds(requests, LINE_BYTES, 1)
    while line and not line.endswith(b"\n"):
        more = requests.recv(LINE_BYTES)
        line = line + more if more else b""
    return (json.loads(line), images[0]) if line else None


def _allow(seconds: int) -> None:
    """So much time of the processor from now on; after it the process is killed."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _confine() -> None:
    """Few loaders, nothing kept, little memory, no file, nobody else."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes us
    os.nice(NICENESS)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in LOADERS.values():
        pyvips.operation_block_set(loader, False)
    pyvips.cache_set_max(0)
    for limited, most in (
        (resource.RLIMIT_DATA, DATA_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limited, (most, most))
    _shut_in()


def _shut_in() -> None:
    """No file, no network and no other process from now on, as far as the kernel can.

    This thread alone is shut in, and those that it begins: so it is done before libvips has any.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    _require(kernel.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0)
    _close_files(kernel)
    _close_calls(kernel)


def _close_files(kernel: ctypes.CDLL) -> None:
    """https://docs.kernel.org/userspace-api/landlock.html"""
    version = landlock_version()
    if version < 1:
        return
    files = next(bits for since, bits in LANDLOCK_FILES if version >= since)
    handled = struct.pack("=QQQ", (1 << files) - 1, LANDLOCK_TCP, LANDLOCK_SCOPES)
    known = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = kernel.syscall(LANDLOCK_CREATE, handled, ctypes.c_size_t(known), 0)
    _require(rules >= 0 and kernel.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    os.close(rules)


def _close_calls(kernel: ctypes.CDLL) -> None:
    """https://docs.kernel.org/userspace-api/seccomp_filter.html"""
    if _machine() not in SYSTEM_CALLS:
        return
    machine, calls = SYSTEM_CALLS[_machine()]
    checks = [(IS_AT_LEAST, X32), *((IS, call) for call in calls)]
    denied = len(checks) + 1  # steps from the first of them to the last answer
    program = [(LOAD, 0, 0, 4), (IS, 1, 0, machine), (ANSWER, 0, 0, DENIED), (LOAD, 0, 0, 0)]
    program += [(check, denied - at, 0, of) for at, (check, of) in enumerate(checks, 1)]
    program += [(ANSWER, 0, 0, ALLOWED), (ANSWER, 0, 0, DENIED)]
    steps = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in program))
    filtering = struct.pack("@HP", len(program), ctypes.addressof(steps))
    is_shut = kernel.prctl(SECCOMP, SECCOMP_FILTER, filtering, 0, 0) == 0
    _require(is_shut or ctypes.get_errno() == errno.EINVAL)  # which is a kernel without seccomp


def _require(is_done: bool) -> None:
    if not is_done:
        raise OSError(ctypes.get_errno(), "The kernel does not shut us in.")


def _machine() -> str:
    """What the system calls are numbered by, if Python has it in as many bits."""
    return os.uname().machine if struct.calcsize("P") == 8 else ""


if __name__ == "__main__":
    main()
