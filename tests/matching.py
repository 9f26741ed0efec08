"""Values that equal whatever fits, so that whole bodies can be compared."""

import re
from typing import Any


class Matches:
    """Equal to any string that fits the pattern whole."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, str) and self.pattern.fullmatch(other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"Matches({self.pattern.pattern!r})"


ANY_ID = Matches(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
ANY_TIME = Matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ANY_TOKEN = Matches(r"pws_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def problem(status: int, code: str, **more: Any) -> dict[str, Any]:
    """A problem body with this status and code, whatever its words."""
    anything = Matches(r"(?s).+")
    words = {"title": anything, "detail": anything, "requestId": anything}
    return {"type": f"/docs/errors#{code}", "status": status, "code": code, **words, **more}
