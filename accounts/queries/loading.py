"""Reading several items at once."""

from collections.abc import Sequence
from typing import Any

from prework.dynamo import Wanted, fetch


def load(wanted: Sequence[Wanted]) -> dict[Wanted, Any]:
    """Those of the items that there are, by what was wanted."""
    found = zip(wanted, fetch(*wanted), strict=True)
    return {key: item for key, item in found if item is not None}
