"""Paths: what they point at, and which are refused."""

import pytest

from collab.engine.paths import FIELDS, Path, item_of, parse_path
from collab.engine.refusals import Code, Refused


@pytest.mark.parametrize(
    ("text", "node", "inner"),
    [
        ("doc.title", FIELDS, ("title",)),
        ("doc.title.items", FIELDS, ("title", "items")),
        ("doc.items.item-456", "items/item-456", ()),
        ("doc.items.item-456.checked", "items/item-456", ("checked",)),
        ("doc.items.items.items", "items/items", ("items",)),
        ("doc.a.b.c.d.e.f.g.h", FIELDS, tuple("abcdefgh")),
        ("doc.items.i.a.b.c.d.e.f", "items/i", tuple("abcdef")),
    ],
)
def test_nodes(text: str, node: str, inner: tuple[str, ...]) -> None:
    assert parse_path(text, "doc") == Path(text, node, inner, item_of(node))


def test_the_item_of_a_path() -> None:
    assert parse_path("doc.items.item-456.checked", "doc").item_id == "item-456"
    assert parse_path("doc.title", "doc").item_id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "doc",
        "doc.",
        "doc.items",
        "other.title",
        "title",
        "doc.items..checked",
        "doc.ti tle",
        "doc.-title",
        "doc._title",
        "doc.ti#tle",
        "doc.títle",
        "doc.title\n",
        "doc.a.b.c.d.e.f.g.h.i",
        "doc." + "a" * 65,
        "doc." + "a" * 10_000,
        ".title",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_path(text, "doc")
    assert refused.value.code is Code.INVALID_OPERATION
