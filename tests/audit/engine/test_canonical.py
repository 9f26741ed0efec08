"""One form of an entry, whatever order or spelling it comes in, and no two of two entries."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.engine.canonical import FIELDS, Unreadable, canonical, lines_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
MAPS = st.dictionaries(TEXT, VALUES, max_size=4)
ENTRY: dict[str, Any] = {name: name for name in FIELDS} | {"oldValues": {}, "newValues": {}}


def with_values(values: Any) -> dict[str, Any]:
    return {**ENTRY, "newValues": values}


@given(MAPS)
def test_it_is_the_same_after_any_journey_as_json(values: dict[str, Any]) -> None:
    entry = with_values(values)
    sealed = canonical(entry)
    assert canonical(json.loads(json.dumps(entry, sort_keys=True, indent=2))) == sealed
    assert canonical(dict(reversed(entry.items()))) == sealed
    if all(abs(one) < 2**63 for one in integers(values)):
        assert canonical(json.loads(orjson.dumps(entry))) == sealed


def integers(value: Any) -> list[int]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    found = [one for part in inner for one in integers(part)]
    return [value] if isinstance(value, int) else found


def plain(value: Any) -> Any:
    """A value so that equal means the same in JSON: `True` is no 1, and 1.0 is one."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bool):
        return str(value), "a truth"
    return value


@given(MAPS, MAPS)
def test_no_two_entries_have_one_form(one: dict[str, Any], other: dict[str, Any]) -> None:
    if plain(one) != plain(other):
        assert canonical(with_values(one)) != canonical(with_values(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"n": 2**53}, {"n": str(2**53)}),
        ({"n": 2**53}, {"n": 2**53 + 1}),
        ({"n": 2**63 - 1}, {"n": 2**63 - 2}),
        ({"n": [2**60, "x"]}, {"n": [str(2**60), "x"]}),
        ({"a/b": 2**60, "a": {"b": "1"}}, {"a/b": str(2**60), "a": {"b": 1}}),
        ({"n": 1}, {"n": True}),
        ({"n": None}, {}),
        ({"n": ""}, {"n": None}),
    ],
)
def test_what_is_nearly_the_same_is_told_apart(one: Any, other: Any) -> None:
    assert canonical(with_values(one)) != canonical(with_values(other))


@pytest.mark.parametrize("name", FIELDS)
def test_every_member_counts(name: str) -> None:
    assert canonical({**ENTRY, name: "another"}) != canonical(ENTRY)
    without = {key: value for key, value in ENTRY.items() if key != name}
    with pytest.raises(Unreadable):
        canonical(without)


@pytest.mark.parametrize("values", [float("nan"), float("inf"), "\ud800", object()])
def test_what_is_no_json_has_no_form(values: Any) -> None:
    with pytest.raises(Unreadable):
        canonical(with_values({"x": values}))


def test_the_form_of_an_entry() -> None:
    """Whoever checks with tools of their own: names sorted, no spaces, UTF-8."""
    entry = {**ENTRY, "newValues": {"b": 2**60, "a": "ü"}, "reason": None}
    text = canonical(entry).decode()
    assert text.startswith('{"action":"action","actorKind":"actorKind","auditId":"auditId",')
    assert '"bigIntegers":["/newValues/b"]' in text
    assert '"newValues":{"a":"ü","b":"1152921504606846976"}' in text
    assert '"reason":null' in text


@given(st.lists(st.binary(max_size=5).filter(lambda line: b"\n" not in line)), st.integers(1, 9))
def test_lines_are_found_in_pieces_of_any_size(lines: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in lines)
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    assert list(lines_of(pieces)) == lines


def test_a_line_without_an_end_is_given_up() -> None:
    with pytest.raises(Unreadable):
        list(lines_of(iter([b"x" * 600_000] * 3)))
