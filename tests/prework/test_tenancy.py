"""Keys: made from the actor, and no part of one can end early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prework.errors import NotFound, PermissionDenied, PreconditionFailed
from prework.tenancy import Actor, key

PARTS = st.lists(st.text(max_size=20), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_different_parts_never_make_the_same_key(one: list[str], other: list[str]) -> None:
    assert (key(*one) == key(*other)) == (one == other)


def test_a_key_begins_with_the_actors_organisation() -> None:
    actor = Actor(organization_id="o1", user_id="u1")
    assert actor.key("TEAM", "t1") == "ORG#o1#TEAM#t1"
    assert actor.key("TEAM", "t1#METADATA") == "ORG#o1#TEAM#t1%23METADATA"


def test_an_id_too_long_for_any_key_is_an_unknown_one() -> None:
    with pytest.raises(NotFound):
        key("TEAM", "x" * 2000)


def test_a_missing_permission_is_named() -> None:
    actor = Actor(organization_id="o1", user_id="u1", permissions=frozenset({"a"}))
    actor.require("a")
    with pytest.raises(PermissionDenied) as refused:
        actor.require_all({"a", "b"})
    assert refused.value.extra == {"permission": "b"}


@pytest.mark.parametrize(
    ("if_match", "is_met"), [(set(), True), ({"*"}, True), ({'"2"'}, True), ({'"1"'}, False)]
)
def test_if_match(if_match: set[str], is_met: bool) -> None:
    actor = Actor(organization_id="o1", user_id="u1", if_match=frozenset(if_match))
    if is_met:
        actor.check_match('"2"')
    else:
        with pytest.raises(PreconditionFailed):
            actor.check_match('"2"')
