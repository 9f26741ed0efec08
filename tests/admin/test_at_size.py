"""A page costs the same in an organisation of 2,000 users and 5,000 audit entries and a small one.

Calls are counted, not timed: embedded AWS takes longer for a large partition, DynamoDB does not.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
import pytest

from accounts.admin.users import UserAdmin
from bench.admin.crowd import PER_DAY, Crowd, gather
from tests.admin.visitors import Visitor, appoint, links_of, text_of, visitor
from tests.calls import StoreCalls
from tests.cast import Answer, found_organization, hire
from tests.faults import hooked

READS = {"Query", "GetItem", "BatchGetItem"}
PAGE, AT_ONCE = 25, 200  # rows of a page and of a stretch of an export
MOST = 130  # rows that one Query of a page asks for
USERS, TRAIL = "accounts/user/", "audit/entry/"
USER = re.compile(r'class="action-select" aria-label="Select ([^&]+) &lt;')
ENTRY = re.compile(r'class="field-timestamp"><a href="[^"]+_5F([0-9a-f-]{36})/change/"')
WHO = 3
# What a page may read. `{o}` is the organisation, `{u}` one of its people, `{d}` a day of theirs.
PAGES = {
    USERS + "?org={o}": 3,
    USERS + "?org={o}&o=desc": 3,
    USERS + "?org={o}&q=worker+0000": 3,
    USERS + "?org={o}&q={o}.{u}": 3,
    USERS + "?q=worker-1-{o}@example.com": 4,
    USERS + "{o}.{u}/change/": 6,
    USERS + "{o}.{u}/history/": 3,
    USERS + "{o}.{u}/impersonate/": 2,
    TRAIL + "?org={o}&on={d}": 7,
    TRAIL + "?org={o}&user={u}": 3,
    TRAIL + "?org={o}&entity_type=user&entity_id={u}": 3,
    TRAIL + "?org={o}&action=USER_SUSPENDED": 4,
    TRAIL + "?org={o}&q=request-3": 4,
    "accounts/organization/": 2,
    "accounts/organization/?q={o}": 3,
    "accounts/organization/{o}/change/": 2,
    "accounts/organization/{o}/history/": 3,
    "accounts/": 1,
    "find/?q={o}.{u}": 8,
    "find/?q=worker-1-{o}@example.com": 8,
}
# What reads on costs more where there is more, and never more than its budget.
READING_ON = {
    USERS + "?org={o}&role=viewer": 6,
    USERS + "?org={o}&state=suspended": 6,
    TRAIL + "?org={o}": 12,
    TRAIL + "?org={o}&on=2020": 3,
    TRAIL + "?org={o}&entity_type=nothing": 32,
    TRAIL + "?org={o}&user={u}&action=NOTHING": 6,
    TRAIL + "?org={o}&action=USER_UPDATED&entity_type=nothing": 14,
}


@pytest.fixture(scope="module")
def large() -> Crowd:
    return gather(found_organization("Large").organization_id, users=2_000, entries=5_000)


@pytest.fixture(scope="module")
def small() -> Crowd:
    return gather(found_organization("Small").organization_id, users=60, entries=400)


@pytest.fixture(scope="module")
def staff() -> Visitor:
    person = hire(found_organization("Platform"), "susi", role="member")
    return visitor(appoint(person, "superuser"))


def address(path: str, crowd: Crowd) -> str:
    day, user_id = crowd.days[1], crowd.user_ids[WHO]
    return path.format(o=crowd.organization_id, u=user_id, d=day)


def reads(calls: StoreCalls) -> list[tuple[str, Any, Any]]:
    """Each read with its index, and the most that it may bring."""
    found = []
    for name, request in zip(calls.dynamodb, calls.requests, strict=True):
        body = orjson.loads(request["body"])
        tables = body.get("RequestItems", {}).values()
        most = sum(len(table["Keys"]) for table in tables if name == "BatchGetItem")
        found.append((name, body.get("IndexName"), most or body.get("Limit")))
    calls.clear()
    return [read for read in found if read[0] in READS]


def is_bounded(cost: list[tuple[str, Any, Any]]) -> bool:
    return all(most and most <= MOST for name, _, most in cost if name == "Query")


def pages(staff: Visitor, path: str, calls: StoreCalls) -> Iterator[tuple[Answer, list[Any]]]:
    """A list's pages from the first to the last, and what each has read."""
    following = [path]
    while following:
        calls.clear()
        answer = staff.get(following[0])
        yield answer, reads(calls)
        base = f"/admin/{path.partition('?')[0]}"
        following = [f"{base}{query}" for query in links_of(answer, "next")]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_reads_the_same_at_both_sizes(
    staff: Visitor, small: Crowd, large: Crowd, path: str, store_calls: StoreCalls
) -> None:
    costs = []
    for crowd in (small, large):
        store_calls.clear()
        assert staff.get(address(path, crowd)).status_code in (200, 302)
        costs.append(reads(store_calls))

    assert costs[0] == costs[1]
    assert len(costs[1]) <= PAGES[path]
    assert is_bounded(costs[1])


@pytest.mark.parametrize("path", READING_ON)
def test_what_reads_on_keeps_to_its_budget(
    staff: Visitor, large: Crowd, path: str, store_calls: StoreCalls
) -> None:
    for answer, cost in islice(pages(staff, address(path, large), store_calls), 2):
        assert answer.status_code == 200
        assert len(cost) <= READING_ON[path]
        assert is_bounded(cost)
        if "nothing" in path:
            assert "read so far" in text_of(answer)


@pytest.mark.parametrize("path", [USERS + "?org={o}", TRAIL + "?org={o}&user={u}"])
def test_the_next_page_and_the_one_before_cost_what_the_first_does(
    staff: Visitor, small: Crowd, large: Crowd, path: str, store_calls: StoreCalls
) -> None:
    costs = []
    for crowd in (small, large):
        some = list(islice(pages(staff, address(path, crowd), store_calls), 2))
        costs += [cost for _, cost in some]
        [back] = links_of(some[1][0], "prev")
        answer = staff.get(f"/admin/{path.partition('?')[0]}{back}")
        costs.append(reads(store_calls))
        assert text_of(answer).count("Page 1: 25 shown") == 1

    assert all(cost == costs[0] for cost in costs)


def test_every_user_once_and_the_last_page_at_the_price_of_the_first(
    staff: Visitor, large: Crowd, store_calls: StoreCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserAdmin, "page_size", 4 * PAGE)  # 21 pages, and not 81
    names, costs = [], []
    for answer, cost in pages(staff, f"{USERS}?org={large.organization_id}", store_calls):
        names += USER.findall(text_of(answer))
        costs.append(cost)

    assert names == ["Alice", *large.names]
    assert len(costs) == 21
    assert all(cost == costs[0] for cost in costs)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("?org={o}&on={d}", "day"),
        ("?org={o}&user={u}", "by"),
        ("?org={o}&entity_type=user&entity_id={u}", "about"),
        ("?org={o}&action=USER_SUSPENDED", "rare"),
        ("?org={o}&entity_id={u}", "about"),  # reads on
    ],
)
def test_every_entry_once(
    staff: Visitor, large: Crowd, path: str, kind: str, store_calls: StoreCalls
) -> None:
    expected = {
        "day": large.entry_ids[PER_DAY : 2 * PER_DAY],
        "by": large.by(WHO),
        "about": large.about(WHO),
        "rare": large.by(0),
    }[kind]
    found, made = [], set(large.entry_ids)
    for answer, cost in pages(staff, address(TRAIL + path, large), store_calls):
        found += ENTRY.findall(text_of(answer))
        assert len(cost) <= 32

    assert [one for one in found if one in made] == expected  # beside those of staff who look


@pytest.mark.parametrize(("path", "most"), [(USERS, 1), (TRAIL, 22)])
def test_an_export_is_read_as_it_is_sent(
    staff: Visitor, large: Crowd, path: str, most: int, store_calls: StoreCalls
) -> None:
    answer = staff.get(f"{path}export/", org=large.organization_id, format="jsonl")
    store_calls.clear()
    names: list[str] = []
    for part in answer.streaming_content:
        rows = [orjson.loads(line) for line in part.splitlines()]
        assert len(rows) <= AT_ONCE
        assert len(reads(store_calls)) <= most
        names += [row.get("name") or row["audit_id"] for row in rows]

    expected = large.names if path == USERS else large.entry_ids
    made = set(expected)
    assert [one for one in names if one in made] == expected


def test_an_export_of_the_trail_reads_each_entry_once(staff: Visitor, large: Crowd) -> None:
    read: list[str] = []

    def note(parsed: dict[str, Any], **_: Any) -> None:
        read.extend(item["SK"]["S"] for item in parsed["Items"] if "#" in item["SK"]["S"])

    with hooked("after-call.dynamodb.Query", note):
        answer = staff.get(f"{TRAIL}export/", org=large.organization_id, format="jsonl")
        text_of(answer)
    assert len(read) >= len(large.entry_ids)
    assert len(read) == len(set(read))


async def test_an_asynchronous_server_does_not_hold_an_export(
    staff: Visitor, large: Crowd, store_calls: StoreCalls
) -> None:
    answer = staff.get(f"{USERS}export/", org=large.organization_id, format="csv")
    store_calls.clear()
    parts = aiter(answer)
    heading, stretch = await anext(parts), await anext(parts)

    assert heading.startswith(b"user_id,name,")
    assert (stretch.count(b"\r\n"), store_calls.dynamodb) == (AT_ONCE, ["Query"])
    assert sum([part.count(b"\r\n") async for part in parts]) == len(large.names) + 1 - AT_ONCE
