"""What a list reads: as much as its page needs, and never more than its budget."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from prework.dynamoadmin.sources import Listed, Query, Stretch
from prework.history import EventRow
from prework.ids import new_id
from prework.ledger import put_all
from tests.calls import StoreCalls


@pytest.fixture
def shelf(settings: SimpleNamespace) -> str:
    """A partition of sixty rows, `00` to `59`."""
    settings.UNAUDITED = [*settings.UNAUDITED, "prework.history.EventRow"]
    pk = f"ORG#{new_id()}#EVENT#test"
    rows = [
        EventRow(pk, f"{number:02}", event_id=str(number), body="{}", expires_at=9_999_999_999)
        for number in range(60)
    ]
    put_all(rows)
    return pk


def names(stretch: Stretch) -> list[str]:
    return [row.sk for row in stretch.items]


def all_pages(query: Query, size: int, budget: int) -> Iterator[Stretch]:
    stretch = query.read(None, size=size, budget=budget)
    yield stretch
    while stretch.next_start is not None:
        stretch = query.read(stretch.next_start, size=size, budget=budget)
        yield stretch


def test_a_page_is_one_query_of_one_more_than_it_shows(
    shelf: str, store_calls: StoreCalls
) -> None:
    stretch = Query(EventRow, shelf).read(None, size=25, budget=500)

    assert names(stretch) == [f"{number:02}" for number in range(25)]
    assert (stretch.read, stretch.is_cut) == (26, False)
    assert store_calls.dynamodb == ["Query"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_every_row_once_and_no_empty_page(shelf: str, newest_first: bool) -> None:
    query = Query(EventRow, shelf, newest_first=newest_first)
    pages = list(all_pages(query, size=20, budget=500))

    expected = [f"{number:02}" for number in range(60)]
    assert [name for page in pages for name in names(page)] == (
        expected[::-1] if newest_first else expected
    )
    assert [len(page.items) for page in pages] == [20, 20, 20]


def test_what_the_key_does_not_say_is_read_on_for(shelf: str) -> None:
    query = Query(EventRow, shelf, keep=lambda row: row.sk.endswith("7"))
    pages = list(all_pages(query, size=4, budget=500))

    assert [name for page in pages for name in names(page)] == ["07", "17", "27", "37", "47", "57"]
    assert [len(page.items) for page in pages] == [4, 2]


def test_the_budget_ends_a_page_and_the_next_goes_on(shelf: str) -> None:
    query = Query(EventRow, shelf, keep=lambda row: row.sk in ("03", "58"))
    pages = list(all_pages(query, size=10, budget=20))

    assert [name for page in pages for name in names(page)] == ["03", "58"]
    assert all(page.read <= 20 for page in pages)
    assert [page.is_cut for page in pages[:-1]] == [True] * (len(pages) - 1)
    assert not pages[-1].is_cut


def test_what_is_there_already_is_one_page() -> None:
    assert Listed([1, 2, 3]).read(None, size=2, budget=1).items == [1, 2, 3]
