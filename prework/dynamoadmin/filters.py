"""What narrows a list: choices, words, and days. Options turn what was chosen into a key."""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    param: str
    title: str
    choices: Choices
    default: str | None = None  # chosen where nothing is; without one there is "All"
    note: str = ""
    template: str = "dynamoadmin/filter_choice.html"

    def clean(self, text: str) -> str | None:
        """The value, or `None` for one that there is not."""
        return text if text in dict(self.choices) else self.default

    def context(self, chosen: str | None, link: Any) -> dict[str, Any]:
        """What the template shows."""
        every = [] if self.default else [(None, "All")]
        return {
            "choices": [
                {"is_selected": value == chosen, "url": link({self.param: value}), "label": label}
                for value, label in [*every, *self.choices]
            ]
        }


@dataclass(frozen=True)
class Words:
    """A value that is typed: an id, an action."""

    param: str
    title: str
    note: str = ""
    suggestions: Sequence[str] = ()
    template: str = "dynamoadmin/filter_words.html"

    def clean(self, text: str) -> str | None:
        """The value, or `None` if there is none."""
        return text.strip()[:200] or None

    def context(self, chosen: str | None, link: Any) -> dict[str, Any]:
        """What the template shows."""
        return {"value": chosen or "", "clear_url": link({self.param: None})}


@dataclass(frozen=True)
class Days:
    """A year, a month of it, a day of that: a prefix of a key that begins with a day."""

    param: str = "on"
    first_year: int = 2026

    def clean(self, text: str) -> str | None:
        """`2026`, `2026-11` or `2026-11-27`; `None` for what is no such thing."""
        if not text.isascii():
            return None
        parts = text.split("-")
        try:
            numbers = [int(part) for part in parts]
            date(*(numbers + [1, 1, 1])[:3])
        except (ValueError, TypeError):
            return None
        if not 2000 <= numbers[0] <= 2100:
            return None
        widths = [4, 2, 2][: len(parts)]
        return text if len(parts) <= 3 and [len(p) for p in parts] == widths else None

    def levels(self, chosen: str | None, today: date) -> tuple[str | None, Iterator[str]]:
        """Where back leads, and what can be chosen next."""
        if chosen is None:
            years = range(today.year, self.first_year - 1, -1)
            return None, (str(year) for year in years)
        parts = [int(part) for part in chosen.split("-")]
        if len(parts) == 1:
            last = today.month if parts[0] == today.year else 12
            return "", (f"{parts[0]}-{month:02}" for month in range(1, last + 1))
        days = calendar.monthrange(parts[0], parts[1])[1]
        if (parts[0], parts[1]) == (today.year, today.month):
            days = today.day
        month = f"{parts[0]}-{parts[1]:02}"
        return chosen[:4] if len(parts) == 2 else month, (
            f"{month}-{day:02}" for day in range(1, days + 1)
        )


@dataclass(frozen=True)
class Scope:
    """What a list has to be within, where its key says so: an organisation, a user.

    `suggest` finds some by what was typed, as (value, label); `label` names a chosen one.
    """

    param: str
    title: str
    suggest: Any
    label: Any
    help_text: str = ""
