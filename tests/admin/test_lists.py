"""Lists: within an organisation, page by page, narrowed, searched, turned round, exported."""

import csv
import io
import re

import orjson
import pytest

from accounts import services
from tests.admin.visitors import Visitor, links_of, text_of
from tests.calls import StoreCalls
from tests.cast import Organization, Person, hire

ROW = re.compile(r'class="action-select" aria-label="Select ([^&]+) &lt;')
USERS = "accounts/user/"


@pytest.fixture
def crew(org: Organization) -> list[str]:
    """Enough people for three pages, by name; the admin is Alice."""
    names = [f"Crew {number:02}" for number in range(60)]
    for name in names:
        services.create_user(
            actor=org.admin.actor,
            email=f"{name.replace(' ', '-')}-{org.organization_id}@example.com",
            name=name,
            role="member",
            password="a-long-enough-passphrase",
        )
    return ["Alice", *names]


def rows(page: str) -> list[str]:
    return ROW.findall(page)


def all_rows(operator: Visitor, path: str) -> list[list[str]]:
    """Every page of a list."""
    found, following = [], [path]
    while following:
        answer = operator.get(following[0])
        found.append(rows(text_of(answer)))
        following = [f"/admin/{USERS}{one}" for one in links_of(answer, "next")]
    return found


def test_an_organisation_is_asked_for_first(operator: Visitor, org: Organization) -> None:
    page = text_of(operator.get(USERS))
    assert "Choose: organisation" in page
    assert rows(page) == []

    found = text_of(operator.get(USERS, find=org.organization_id))
    assert f"?org={org.organization_id}" in found


def test_page_by_page_each_once(operator: Visitor, org: Organization, crew: list[str]) -> None:
    pages = all_rows(operator, f"{USERS}?org={org.organization_id}")

    assert [len(page) for page in pages] == [25, 25, 11]
    assert [name for page in pages for name in page] == crew


def test_and_back_again(operator: Visitor, org: Organization, crew: list[str]) -> None:
    first = operator.get(USERS, org=org.organization_id)
    second = operator.get(f"/admin/{USERS}{links_of(first, 'next')[0]}")
    third = operator.get(f"/admin/{USERS}{links_of(second, 'next')[0]}")
    back = operator.get(f"/admin/{USERS}{links_of(third, 'prev')[0]}")

    assert rows(text_of(back)) == rows(text_of(second))
    assert links_of(first, "prev") == []


def test_the_other_way_round(operator: Visitor, org: Organization, crew: list[str]) -> None:
    pages = all_rows(operator, f"{USERS}?org={org.organization_id}&o=desc")

    assert [name for page in pages for name in page] == crew[::-1]


def test_a_filter_reads_on_until_the_page_is_full(
    operator: Visitor, org: Organization, crew: list[str]
) -> None:
    hire(org, "zoe", role="viewer")
    page = text_of(operator.get(USERS, org=org.organization_id, role="viewer"))

    assert rows(page) == ["Zoe"]


def test_a_forged_page_is_the_first(operator: Visitor, org: Organization, mallory: Person) -> None:
    first = operator.get(USERS, org=org.organization_id)
    assert first.status_code == 200
    forged = operator.get(USERS, org=org.organization_id, p="forged")

    goal = f"/admin/{USERS}?org={org.organization_id}"
    assert (forged.status_code, forged["Location"]) == (302, goal)


def test_a_page_of_another_list_is_none(
    operator: Visitor, org: Organization, crew: list[str], mallory: Person
) -> None:
    [following] = links_of(operator.get(USERS, org=org.organization_id), "next")
    elsewhere = following.replace(org.organization_id, mallory.organization_id)

    assert operator.get(f"/admin/{USERS}{elsewhere}").status_code == 302


def test_search_looks_up_what_it_says(
    operator: Visitor, org: Organization, crew: list[str], bob: Person
) -> None:
    by_email = text_of(operator.get(USERS, q=bob.email))
    by_id = text_of(operator.get(USERS, q=f"{org.organization_id}.{bob.user_id}"))
    by_name = text_of(operator.get(USERS, org=org.organization_id, q="crew 1"))

    assert rows(by_email) == rows(by_id) == ["Bob"]
    assert rows(by_name) == [f"Crew 1{number}" for number in range(10)]


def test_it_costs_the_same_at_every_size(
    operator: Visitor,
    org: Organization,
    crew: list[str],
    mallory: Person,
    store_calls: StoreCalls,
) -> None:
    costs = []
    for organization_id in (mallory.organization_id, org.organization_id):
        store_calls.clear()
        operator.get(USERS, org=organization_id)
        costs.append(list(store_calls.dynamodb))

    assert costs[0] == costs[1]
    assert len(costs[0]) <= 4


def test_all_of_it_as_a_file(operator: Visitor, org: Organization, crew: list[str]) -> None:
    path = f"{USERS}export/"
    answer = operator.get(path, org=org.organization_id, format="csv")
    table = list(csv.DictReader(io.StringIO(text_of(answer))))
    assert [row["name"] for row in table] == crew
    assert answer["Content-Disposition"] == 'attachment; filename="user.csv"'

    lines = text_of(operator.get(path, org=org.organization_id, format="jsonl")).splitlines()
    assert [orjson.loads(line)["name"] for line in lines] == crew
    [entry, _] = org.admin.trail(action="STAFF_EXPORTED")
    assert entry["newValues"] == {"format": "jsonl"}


def test_what_a_search_has_found_is_on_its_page_alone(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    page = operator.get(USERS, org=org.organization_id, q=bob.email)
    assert "Export" not in text_of(page)

    for query in ({"org": org.organization_id, "q": bob.email}, {"q": bob.email}, {}):
        answer = operator.get(f"{USERS}export/", format="csv", **query)
        assert answer.status_code == 404
    assert org.admin.trail(action="STAFF_EXPORTED") == []


def test_support_takes_nothing_away(support: Visitor, org: Organization) -> None:
    answer = support.get(f"{USERS}export/", org=org.organization_id, format="csv")

    assert answer.status_code == 403
    assert org.admin.trail(action="STAFF_EXPORTED") == []
    assert "Export" not in text_of(support.get(USERS, org=org.organization_id))


def test_a_formula_is_made_harmless(operator: Visitor, org: Organization) -> None:
    hire(org, "=1+1", role="member")
    answer = operator.get(f"{USERS}export/", org=org.organization_id, format="csv")

    assert "'=1+1" in text_of(answer)


def test_the_palette_goes_to_the_only_hit(
    operator: Visitor, org: Organization, bob: Person
) -> None:
    answer = operator.get("find/", q=bob.email)

    url = f"/admin/accounts/user/{org.organization_id}.{bob.user_id}/change/"
    assert (answer.status_code, answer["Location"]) == (302, url)
    found = operator.client.get(
        "/admin/find/", {"q": "users"}, headers={"Accept": "application/json"}
    )
    assert found.json()["hits"][0]["url"] == "/admin/accounts/user/"
