"""Where a page starts, and how one got there: signed, and good for one list alone."""

from dataclasses import dataclass
from typing import Any

from django.core import signing

from prework.dynamoadmin.sources import Start

MOST_PAGES_BACK = 40  # a longer way back would not fit into an address


class BadCursor(Exception):
    """It was not made here, or for another list."""


@dataclass(frozen=True)
class Trail:
    """The starts of the pages that led here; the last one is this page's."""

    starts: tuple[dict[str, Any], ...] = ()
    dropped: int = 0  # how many more there were

    @property
    def start(self) -> Start:
        """Where this page starts, `None` for the first."""
        return self.starts[-1] if self.starts else None

    @property
    def page(self) -> int:
        """Which page this is, from 1."""
        return self.dropped + len(self.starts) + 1

    def forward(self, start: dict[str, Any]) -> "Trail":
        """The way to the next page."""
        starts = (*self.starts, start)
        kept = starts[-MOST_PAGES_BACK:]
        return Trail(kept, self.dropped + len(starts) - len(kept))

    def back(self) -> "Trail":
        """The way to the page before; to the first, where that is not known any more."""
        starts = self.starts[:-1]
        return Trail(starts, self.dropped if starts else 0)

    def sign(self, bound_to: str) -> str:
        """As text for an address; empty for the first page."""
        if not self.starts:
            return ""
        trail = [self.dropped, *self.starts]
        return signing.dumps(trail, salt=_salt(bound_to), compress=True)


def read_trail(text: str, bound_to: str) -> Trail:
    """Read back what `sign` wrote. Raises `BadCursor`."""
    if not text:
        return Trail()
    try:
        dropped, *starts = signing.loads(text, salt=_salt(bound_to))
    except signing.BadSignature:
        raise BadCursor from None
    return Trail(tuple(starts), dropped)


def _salt(bound_to: str) -> str:
    return f"dynamoadmin.cursor:{bound_to}"
