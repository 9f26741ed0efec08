"""The border between JSON and Python: camelCase and snake_case, strict types, one way."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import islice
from typing import Any, cast
from zoneinfo import available_timezones

import orjson
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from prework import clock, ids
from prework.errors import FieldError, MalformedJson, ValidationFailed
from prework.filenames import INVISIBLE_TRICKS
from prework.wording import camel

MAX_DEPTH = 16
MAX_ITEMS = 1_000  # of a list, unless it says otherwise
MAX_ERRORS = 1_000  # that are told
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
DAY_OR_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"
    r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)
DAY_LENGTH = len("2026-12-01")
END_OF_DAY = time(23, 59, 59, 999_000)
Values = dict[str, Any]


def read_json(raw: bytes | str) -> Any:
    """The value of a JSON text (RFC 8259), refused when odd or nested deeper than 16."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The body is not valid JSON: {error}.") from None
    if is_too_deep(value):
        raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH}.")
    return value


def is_too_deep(value: Any, allowed: int = MAX_DEPTH) -> bool:
    """Whether containers are nested more than `allowed` deep."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(allowed):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return False
    return True


def _containers(outer: Any) -> Iterator[Any]:
    inside = outer.values() if isinstance(outer, dict) else outer
    return (inner for inner in inside if isinstance(inner, dict | list))


class CamelCase(serializers.Serializer[Any]):
    """A serializer whose fields are snake_case in Python and camelCase on the wire."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for name, field in fields.items():
            if field.source is None and camel(name) != name:
                field.source = name
        return {camel(name): field for name, field in fields.items()}


class Input(CamelCase):
    """What a caller sends. `read` gives its valid values in snake_case, or raises."""

    @classmethod
    def read(cls, data: Any, *, partial: bool = False) -> Values:
        """The valid values, keyed as Python names them. Raises `ValidationFailed`."""
        form = cls(data=data, partial=partial)
        if not form.is_valid():
            raise ValidationFailed(list(islice(field_errors(form.errors), MAX_ERRORS)))
        return cast(Values, form.validated_data)


class Output(CamelCase):
    """What a caller gets: only what is named here ever leaves."""

    @classmethod
    def show(cls, thing: Any) -> Values:
        """The thing as the wire has it."""
        return cast(Values, cls(thing).data)


class PageQuery(Input):
    """Query parameters of a list; `limit` and `cursor` are read by the endpoint itself."""


def field_errors(errors: Any, path: str = "") -> Iterator[FieldError]:
    """Flatten DRF's nested errors to one row a field, with its path on the wire."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, ".".join(filter(None, (path, here))))
    elif isinstance(errors, list):
        for position, inner in enumerate(errors):
            is_leaf = isinstance(inner, str)
            yield from field_errors(inner, path if is_leaf else f"{path}.{position}".strip("."))
    else:
        detail = cast(ErrorDetail, errors)
        yield FieldError(path, getattr(detail, "code", "invalid"), str(detail))


class Text(serializers.CharField):
    """A string, and nothing that could be taken for one."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 2000)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Name(Text):
    """What somebody or something is called: one line in any script, of which something shows."""

    default_error_messages = {
        "unprintable": "A name is one line, without characters that control how it is shown."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=200, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if INVISIBLE_TRICKS.search(text):
            self.fail("unprintable")
        # Joiners belong to many scripts, and make no name alone.
        if not any(sign.isprintable() and not sign.isspace() for sign in text):
            self.fail("blank")
        return text


class Id(Text):
    """An id that we or a client made. One that cannot be is simply an unknown one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=128, trim_whitespace=False, **options)


class ChosenId(Text):
    """An id that the client chooses."""

    default_error_messages = {
        "pattern": "An id is 1 to 64 letters, digits, _ and -, and begins with a letter or digit."
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not ids.is_client_id(text):
            self.fail("pattern")
        return text


class Whole(serializers.IntegerField):
    """A whole number, and no string of digits."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """`true` or `false`, and nothing like them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One of the strings named."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        chosen: str = super().to_internal_value(data)
        return chosen


class Many(serializers.ListField):
    """A list. One that is too long is refused before anything in it is looked at."""

    max_length: int

    def __init__(self, *, max_length: int = MAX_ITEMS, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A moment: RFC 3339 with any offset in, UTC with milliseconds and `Z` out."""

    default_error_messages = {"offset": "Give the time zone: Z, or an offset such as +02:00."}

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            self.fail("invalid", format="RFC 3339")
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="RFC 3339")
        if moment.tzinfo is None:
            self.fail("offset")
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            self.fail("invalid", format="RFC 3339")

    def to_representation(self, value: Any) -> str:
        return value if isinstance(value, str) else clock.to_text(value)


class DueMoment(Moment):
    """A moment as `Moment` takes it; or a local one (naive, here): without an offset, or a day.

    A day alone is its last millisecond.
    """

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not DAY_OR_TIME.fullmatch(value):
            self.fail(
                "invalid", format="ISO 8601: 2026-12-01, 2026-12-01T17:00, or with an offset"
            )
        try:
            moment = datetime.fromisoformat(value)
            if len(value) == DAY_LENGTH:
                return datetime.combine(moment, END_OF_DAY)
            moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
            return moment if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid", format="ISO 8601")


class TimeZone(Text):
    """The name of a time zone (IANA)."""

    default_error_messages = {"unknown": "There is no time zone {name}."}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text not in _time_zones():
            self.fail("unknown", name=text[:64])
        return text


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Json(serializers.JSONField):
    """Any JSON value, its keys left as they are."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value
