"""New documents: what they may hold, and that they give it back."""

from typing import Any

import pytest

from collab.engine.contents import new_replica
from collab.engine.limits import KIB
from collab.engine.marks import Touch
from collab.engine.refusals import Code, Refused
from collab.engine.replica import Replica
from tests.collab.engine.desk import CONTENT, OWNER


def made(content: Any) -> Replica:
    return new_replica(content, Touch(0, OWNER, 1_000), epoch="epoch-1")


@pytest.mark.parametrize(
    "content",
    [CONTENT, {}, {"items": {}}, {"title": None}, {"items": {"a": 1, "b": []}, "x": {"items": 1}}],
)
def test_the_content_comes_back(content: Any) -> None:
    replica = made(content)
    assert replica.content() == content
    assert (replica.version, replica.epoch, replica.timestamp) == (0, "epoch-1", 1_000)


def test_the_counts() -> None:
    assert made(CONTENT).item_count == 1
    assert made({}).item_count == 0
    assert made({}).bytes == 2


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (None, "object"),
        ([], "object"),
        ({"items": []}, "items"),
        ({"items": None}, "items"),
        ({"items": {"bad id": {}}}, "items"),
        ({"items": {"": {}}}, "items"),
        ({"items": {"a/b": {}}}, "items"),
        ({"title": float("nan")}, "content"),
        ({"items": {"a": "\ud800"}}, "content"),
        ({"\ud800": 1}, "content"),
    ],
)
def test_what_is_no_content(content: Any, detail: str) -> None:
    with pytest.raises(Refused, match=detail) as refused:
        made(content)
    assert refused.value.code is Code.INVALID_CONTENT


@pytest.mark.parametrize(
    "content",
    [
        {"title": "x" * 256 * KIB},
        {"items": {"a": "x" * 256 * KIB}},
        {"items": {f"i{number}": 1 for number in range(10_001)}},
        {"items": {f"i{number}": "x" * 255 * KIB for number in range(17)}},
    ],
)
def test_what_is_too_large(content: Any) -> None:
    with pytest.raises(Refused) as refused:
        made(content)
    assert refused.value.code is Code.TOO_LARGE


def test_the_largest_that_fits() -> None:
    made({"items": {f"i{number}": 1 for number in range(10_000)}})
    made({"items": {f"i{number}": "x" * 255 * KIB for number in range(16)}})
