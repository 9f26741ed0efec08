"""Marks: the newest touch by others, kept in little room."""

from hypothesis import given
from hypothesis import strategies as st

from collab.engine.limits import MARKS_BYTES
from collab.engine.marks import Author, Mark, Marks, Touch, merged, with_touch
from tests.collab.engine.desk import PATIENTLY, are_related

AUTHORS = [Author("a", "1"), Author("a", "2"), Author("b", "1")]
PLACES = [(), ("x",), ("x", "y"), ("x", "z"), ("w",)]
TOUCHES = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(AUTHORS)), max_size=12)


def test_a_mark_knows_the_last_other() -> None:
    first, second, third = (
        Touch(number, author, 0) for number, author in enumerate(AUTHORS, start=1)
    )
    mark = with_touch(with_touch(Mark(first), second), third)
    assert mark == Mark(third, second)
    again = with_touch(mark, Touch(4, third.author, 0))
    assert again.by_others(third.author) == second
    assert again.by_others(first.author) == Touch(4, third.author, 0)
    assert merged(Mark(first), Mark(second)) == Mark(second, first)
    assert merged(None, Mark(first)) == Mark(first)
    assert merged(None, None) is None


@PATIENTLY
@given(TOUCHES, st.sampled_from(PLACES), st.sampled_from(AUTHORS), st.integers(0, 12))
def test_the_answer_is_that_of_the_whole_history(
    history: list[tuple[tuple[str, ...], Author]],
    place: tuple[str, ...],
    me: Author,
    since: int,
) -> None:
    marks = Marks({})
    touches = [Touch(number, author, 0) for number, (_, author) in enumerate(history, start=1)]
    for (where, _), touch in zip(history, touches, strict=True):
        marks.touch(where, touch)
    expected = [
        touch
        for (where, author), touch in zip(history, touches, strict=True)
        if author != me and touch.version > since and are_related(where, place)
    ]
    assert marks.by_others(place, me, since) == (expected[-1] if expected else None)


def test_a_copy_is_its_own() -> None:
    marks = Marks({("x",): Mark(Touch(1, AUTHORS[0], 0))})
    copy = marks.copy()
    copy.touch(("y",), Touch(2, AUTHORS[2], 0))
    assert list(marks.places) == [("x",)]
    assert marks.bytes < copy.bytes


def test_what_is_forgotten_still_conflicts() -> None:
    marks = Marks({})
    for version in range(1, 3_001):
        marks.touch((f"field-{version}",), Touch(version, AUTHORS[0], 0))
    assert marks.bytes <= MARKS_BYTES
    assert marks.bytes == Marks(marks.places).bytes
    assert 0 < len(marks.places) < 3_000
    told = marks.by_others(("field-1",), AUTHORS[2], 0)
    assert told is not None and told.version == 3_000 - len(marks.places)
    assert marks.by_others(("field-1",), AUTHORS[0], 0) is None
    assert marks.by_others(("other",), AUTHORS[2], told.version) is None
    assert marks.last_at(("field-1",)) is None


def test_a_burial_keeps_who_else_was_there() -> None:
    marks = Marks({})
    marks.touch((), Touch(1, AUTHORS[0], 0))
    marks.touch(("x",), Touch(2, AUTHORS[2], 0))
    buried = marks.buried(Touch(3, AUTHORS[0], 0))
    assert buried.places == {(): Mark(Touch(3, AUTHORS[0], 0), Touch(2, AUTHORS[2], 0))}
