"""Who last touched what inside one node: what conflicts and blame are read from.

A place remembers its last touch, and the last one by another author than that. Those two answer
"what is the newest touch by anybody but me" for every possible me, without any history.
"""

from collections.abc import Iterator
from typing import NamedTuple

from collab.engine.limits import MARKS_BYTES
from collab.engine.paths import Inner


class Author(NamedTuple):
    """A writer: the user, and the client (a tab, a device, a session) it writes from."""

    user_id: str
    client_id: str


class Touch(NamedTuple):
    """One operation's hold on a place: its version, its author and its time in milliseconds."""

    version: int
    author: Author
    at: int


class Mark(NamedTuple):
    """The last touch of a place, and the last one by somebody else than the last's author."""

    last: Touch
    other: Touch | None = None

    def by_others(self, author: Author) -> Touch | None:
        """The newest touch by anybody but this author."""
        return self.last if self.last.author != author else self.other


def with_touch(mark: Mark | None, touch: Touch) -> Mark:
    """The mark after one more, newer touch."""
    if mark is None:
        return Mark(touch)
    if mark.last.author == touch.author:
        return Mark(touch, mark.other)
    return Mark(touch, mark.last)


def merged(left: Mark | None, right: Mark | None) -> Mark | None:
    """One mark that answers for two places: the newest touch by others of either."""
    if left is None or right is None:
        return left or right
    last = max(left.last, right.last)
    others = (left.by_others(last.author), right.by_others(last.author))
    return Mark(last, max((touch for touch in others if touch), default=None))


class Marks:
    """The marks of one node, oldest first, bounded in bytes.

    What does not fit is folded into `forgotten`, one mark that stands for any place: a conflict
    may then be told that was none, but none is ever missed.
    """

    __slots__ = ("bytes", "depth", "forgotten", "places")

    def __init__(self, places: dict[Inner, Mark], forgotten: Mark | None = None) -> None:
        self.places = places
        self.forgotten = forgotten
        self.bytes = sum(_cost(inner, mark) for inner, mark in places.items())
        # No place has been deeper than this: mostly that says at once that none lies below.
        self.depth = max(map(len, places), default=0)

    def copy(self) -> "Marks":
        """Marks that may be changed without changing these."""
        copy = Marks.__new__(Marks)
        copy.places = self.places.copy()
        copy.forgotten = self.forgotten
        copy.bytes = self.bytes
        copy.depth = self.depth
        return copy

    def touch(self, inner: Inner, touch: Touch) -> None:
        """Note the newest touch of this node."""
        before = self.places.pop(inner, None)
        mark = with_touch(before, touch)
        self.places[inner] = mark
        self.depth = max(self.depth, len(inner))
        self.bytes += _cost(inner, mark) - (_cost(inner, before) if before else 0)
        while self.bytes > MARKS_BYTES and len(self.places) > 1:
            self._forget_oldest()

    def buried(self, touch: Touch) -> "Marks":
        """What to remember of a node that this touch deleted whole."""
        return Marks({(): with_touch(self.whole(), touch)})

    def whole(self) -> Mark | None:
        """One mark for everything in the node."""
        whole = self.forgotten
        for mark in self.places.values():
            whole = merged(whole, mark)
        return whole

    def by_others(self, inner: Inner, author: Author, since: int) -> Touch | None:
        """The newest touch after a version, by others, of a place, one above or one below."""
        newest: Touch | None = None
        for mark in (self.forgotten, *self._above(inner), *self._below(inner, since)):
            touch = mark.by_others(author) if mark else None
            if touch and touch.version > since and (newest is None or touch > newest):
                newest = touch
        return newest

    def last_at(self, inner: Inner) -> Touch | None:
        """Who last set the value of a place, itself or with something above; None if forgotten."""
        above = self._above(inner)
        last = max((mark.last for mark in above if mark), default=None)
        if last and self.forgotten and self.forgotten.last > last:
            return None
        return last

    def _above(self, inner: Inner) -> Iterator[Mark | None]:
        """The marks of a place and of all above it."""
        return (self.places.get(inner[:length]) for length in range(len(inner) + 1))

    def _below(self, inner: Inner, since: int) -> Iterator[Mark]:
        """The marks below a place that are newer than a version."""
        length = len(inner)
        if self.depth <= length:
            return
        for place, mark in reversed(self.places.items()):
            if mark.last.version <= since:
                return  # marks come newest first
            if len(place) > length and place[:length] == inner:
                yield mark

    def _forget_oldest(self) -> None:
        inner = next(iter(self.places))
        mark = self.places.pop(inner)
        self.bytes -= _cost(inner, mark)
        self.forgotten = merged(self.forgotten, mark)


def _cost(inner: Inner, mark: Mark) -> int:
    # At least what the mark takes as stored text, authors and all.
    names = sum(map(len, inner)) + 3 * len(inner)
    return names + _touch_cost(mark.last) + (_touch_cost(mark.other) if mark.other else 8)


def _touch_cost(touch: Touch) -> int:
    return 48 + len(touch.author.user_id) + len(touch.author.client_id)
