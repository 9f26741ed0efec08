"""How values are shown: in a list's cell, in a detail, in an export."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.contrib.admin.utils import display_for_value
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pynamodb.attributes import MapAttribute

EMPTY = "-"
# Where a spreadsheet may begin to compute: at the start of a cell, whatever blanks are before it
# (or quotes, which there quote nothing), and behind what ends a cell where commas do not.
# Full-width signs count, too.
SIGN = '(?=[\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])'
FORMULA = re.compile(f"^{SIGN}|^(?=[\t\r\n])|;{SIGN}|(?s:(?<=.))[\t\r\n]{SIGN}")


def shown(value: Any) -> Any:
    """A value as HTML or text, as stock pages show it."""
    if isinstance(value, SafeString):
        return value
    if isinstance(value, bool):
        return display_for_value(value, EMPTY, boolean=True)
    if value is None or value == "":
        return EMPTY
    if isinstance(value, Mapping | MapAttribute):
        return format_html('<pre class="dynamo-json">{}</pre>', as_text(value))
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value)) or EMPTY
    return str(value)


def as_text(value: Any) -> str:
    """A value as text: JSON for what has an inside."""
    value = plain(value)
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return "" if value is None else str(value)


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, MapAttribute):
        value = value.attribute_values
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, datetime | date) else value


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection).

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return FORMULA.sub(r"\g<0>'", text)


def link(url: str | None, label: Any) -> Any:
    """A link where there is somewhere to go."""
    return format_html('<a href="{}">{}</a>', url, label) if url else label


def lines(values: Iterable[Any]) -> SafeString:
    """Several values, one below the other."""
    return mark_safe("<br>".join(str(format_html("{}", value)) for value in values))  # noqa: S308  each is escaped
