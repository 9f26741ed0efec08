"""What a list reads: one stretch of one partition at a time, and never more than its budget."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

Start = dict[str, Any] | None
Keep = Callable[[Any], bool]


@dataclass
class Stretch:
    """Rows, where the next stretch starts (`None` at the end), and how many items were read."""

    items: list[Any] = field(default_factory=list)
    next_start: Start = None
    read: int = 0
    is_cut: bool = False  # the budget was spent before the page was full


class Source(Protocol):
    """Something that a list can be read from, stretch by stretch."""

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """Up to `size` rows after `start`, reading `budget` items at most."""


@runtime_checkable
class Walked(Protocol):
    """A source that, read to its end, costs less than its stretches one by one: for exports."""

    def walk(self, *, size: int) -> Iterator[list[Any]]:
        """All rows, up to `size` at a time; none where long nothing was found."""


@dataclass(frozen=True)
class Query:
    """A partition of a table, or of an index of it, in the order of its sort key.

    `sort` is a key condition and costs nothing. `keep` looks at what was read: the list reads on
    until its page is full, and says when its budget ends before.
    """

    model: type[Model]
    hash_key: str
    index: str | None = None
    sort: Condition | None = None
    newest_first: bool = False
    keep: Keep | None = None

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """One Query where nothing is to be looked at; else as many as the budget has."""
        found = Stretch(next_start=start)
        while len(found.items) <= size:
            # One more than the page: so no last page is empty.
            most = size + 1 if self.keep is None else max(size + 1, budget // 4)
            self._read_on(found, min(most, budget - found.read))
            if found.next_start is None:
                break
            if found.read >= budget:
                found.is_cut = len(found.items) < size
                break
        return self._cut_to(found, size)

    def _read_on(self, found: Stretch, limit: int) -> None:
        answer = self.model._get_connection().query(
            self.hash_key,
            range_key_condition=self.sort,
            index_name=self.index,
            exclusive_start_key=found.next_start,
            scan_index_forward=not self.newest_first,
            limit=limit,
        )
        found.read += len(answer["Items"])
        found.next_start = answer.get("LastEvaluatedKey")
        items = map(self.model.from_raw_data, answer["Items"])
        found.items += [item for item in items if self.keep is None or self.keep(item)]

    def _cut_to(self, found: Stretch, size: int) -> Stretch:
        if len(found.items) > size:
            del found.items[size:]
            found.next_start = self._start_after(found.items[-1])
        return found

    def _start_after(self, item: Model) -> dict[str, Any]:
        connection = self.model._get_connection()
        table: Any = connection.connection.get_meta_table(connection.table_name)
        names = [*table.get_key_names(), *table.get_key_names(self.index)]
        raw = item.serialize(null_check=False)
        return {name: raw[name] for name in dict.fromkeys(names) if name in raw}


@dataclass(frozen=True)
class Listed:
    """Rows that are there already: what a search has found, or a few related items."""

    items: list[Any]

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """All of them."""
        return Stretch(list(self.items), read=len(self.items))
