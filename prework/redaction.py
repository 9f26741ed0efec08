"""What must never stand in a log: secrets are taken out of every finished line.

That is the one place that tracebacks, libraries and our own lines all pass. A line in which
nothing looks like the name or the beginning of a secret costs microseconds.
"""

import re
from functools import lru_cache
from typing import Any

from prework.secrecy import is_marked

HIDDEN = "[hidden]"
LONGEST_NAME = 100
# How what is secret is called, in whatever case and style.
SECRET_NAME = re.compile(
    r"[\w-]*(?:password|passwd|passphrase|secret|token|ticket)(?:[_-]?hash)?"
    r"|[\w-]*(?:secret|private|api)[_-]?(?:access[_-]?)?key|t?otp|recovery[_-]?codes?"
    r"|(?:[\w-]*-)?(?:credentials?|signature)|sig|prework_staff|otpauth[_-]?uri"
    r"|(?:set-)?cookie|(?:proxy-)?authorization",
    re.IGNORECASE,
)
# One of these is in any line that holds such a name; all are lower case.
IN_NAMES = (
    "pass",
    "secret",
    "token",
    "ticket",
    "otp",
    "cookie",
    "authorization",
    "credential",
    "sig",
    "recovery",
    "private",
    "api_key",
    "apikey",
    "api-key",
)
QUOTE = r"""\\*["']"""  # within text that is quoted itself, any number of times
COLOUR = r"(?:\x1b\[[\d;]{0,12}m){0,4}"
NAME = re.compile(
    rf"""
    (?<![\w-])(?P<name>[\w-]+)(?:{QUOTE})?{COLOUR}\s*(?:[:=]|%3[AD])(?:\s|\\+[nrt])*{COLOUR}
        (?:\{{\s*{QUOTE}(?:S|B|N|SS){QUOTE}\s*:\s*)?  # DynamoDB has a value's type before it
    | \(\s*b?{QUOTE}(?P<header>[\w-]+){QUOTE}\s*,\s*  # a header as a pair
    """,
    re.IGNORECASE | re.VERBOSE,
)
VALUE = re.compile(
    rf"""
    \[[^\]]*(?:\]|$)
    | b?(?P<quote>{QUOTE}).*?(?P=quote)(?=[\s,;:&>}}\])\\]|$)
    | b?{QUOTE}.*  # its end is cut off
    | [^\s&,;}}\])'"\\\x1b]+
    """,
    re.VERBOSE | re.DOTALL,
)
# A header's value goes to the end of its line.
HEADER = re.compile(
    r"(?P<name>(?<![\w-])(?:(?:set-)?cookie|(?:proxy-)?authorization)\s*:\s*)"
    r"[^\s\"'\\][^\r\n\"'\\]*",
    re.IGNORECASE,
)
BY_ITSELF = re.compile(
    r"pw[a-z]_[\w-]{4,}(?:\.[\w-]+)?"
    r"|(?<=bearer )\s*[^\s\"',;\\]+"
    r"|(?<=bearer%20)[^\s\"',;\\]+"
    r"|(?<=basic )[\w+/]{8,}={0,2}"
    r"|\$?argon2(?:id|i|d)?\$[^\s\"'\\]+"
    r"|otpauth://[^\s\"'\\]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.IGNORECASE | re.DOTALL,
)
SELF_TOLD = ("pw", "bearer", "basic ", "argon2", "otpauth:", "private key")


def redacted(line: str) -> str:
    """The line without what looks like a secret, by its name or by itself."""
    small = line.lower()
    if any(part in small for part in SELF_TOLD):
        line = BY_ITSELF.sub(HIDDEN, line)
    if "cookie" in small or "authorization" in small:
        line = HEADER.sub(rf"\g<name>{HIDDEN}", line)
    return _without_values(line) if any(part in small for part in IN_NAMES) else line


def hide_named(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """A processor of structlog: whatever a line of ours names as a secret is not said."""
    for name, value in event.items():
        if _is_secret(name):
            event[name] = HIDDEN
        elif isinstance(value, dict):
            event[name] = hide_named(_, __, dict(value))
    return event


@lru_cache(maxsize=1_000)
def _is_secret(name: object) -> bool:
    return SECRET_NAME.fullmatch(str(name)) is not None or is_marked(str(name))


def _without_values(line: str) -> str:
    pieces, done = [], 0
    for found in NAME.finditer(line):
        name = found["name"] or found["header"]
        if found.start() < done or not _is_secret(name[-LONGEST_NAME:]):
            continue
        value = VALUE.match(line, found.end())
        if value is not None:
            quote = value["quote"] or ""
            pieces.append(f"{line[done : found.end()]}{quote}{HIDDEN}{quote}")
            done = value.end()
    return "".join([*pieces, line[done:]])
