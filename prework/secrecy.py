"""What is secret goes by its name, and gets into no event: not the trail, a history or a message.

An attribute of an item is marked where it is declared (`prework.dynamo.secret`), a field of an
event by `secret_field`. Beside these, every name that says so itself is secret.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, field, fields
from functools import lru_cache
from typing import Any

from prework.wording import snake

INSIDE = re.compile(
    "password|passphrase|passcode|secret|token|credential|authori[sz]ation"
    "|recoverycode|recoveryhash|privatekey|accesskey|apikey"
)
WORDS = frozenset({"otp", "totp", "ticket", "tickets", "cookie", "cookies", "pin"})
NO_LETTER = re.compile(r"[\W\d_]+")
_marked: set[str] = set()


class SecretRecorded(TypeError):
    """An event was to say something that is secret. It is a bug, and nothing is written."""


def mark(name: str) -> None:
    """Let a name be secret from now on, wherever it is."""
    _marked.add(snake(name))


def is_marked(name: str) -> bool:
    """Whether something of this name was marked, whatever the name says."""
    return snake(name) in _marked


def is_secret(name: str) -> bool:
    """Whether what has this name is secret, in whatever way the name is written."""
    return is_marked(name) or says_so(name)


@lru_cache(maxsize=4096)
def says_so(name: str) -> bool:
    """Whether a name itself says that it is secret."""
    words = NO_LETTER.split(snake(name))
    return bool(INSIDE.search("".join(words)) or WORDS.intersection(words))


def secret_field() -> Any:
    """A field of an event for its followers alone: its value is in nothing that is written."""
    return field(repr=False, metadata={"secret": True})


def is_secret_field(declared: "Field[Any]") -> bool:
    """Whether a field of an event was made by `secret_field`."""
    return bool(declared.metadata.get("secret")) or is_secret(declared.name)


def refuse_secrets(event: Any, *said: Any) -> None:
    """Raise `SecretRecorded` if an event says a secret: by its name, or a secret field's value."""
    for path in secret_paths(said):
        raise SecretRecorded(f"{type(event).__name__} says {path}, which is secret.")
    for declared in fields(event):
        value = getattr(event, declared.name)
        if is_secret_field(declared) and value and _is_in(value, said):
            raise SecretRecorded(f"{type(event).__name__} says its secret {declared.name}.")


def secret_paths(value: Any, path: str = "") -> Iterator[str]:
    """Where in a value, however deep, something has a secret's name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            here = f"{path}.{name}".strip(".")
            if is_secret(str(name)):
                yield here
            yield from secret_paths(inner, here)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from secret_paths(inner, path)


def _is_in(secret: Any, value: Any) -> bool:
    """Whether a value, or something in it, is this secret or has it in its text."""
    if isinstance(value, Mapping):
        return any(_is_in(secret, inner) for pair in value.items() for inner in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return any(_is_in(secret, inner) for inner in value)
    return value == secret or (isinstance(value, str) and str(secret) in value)
