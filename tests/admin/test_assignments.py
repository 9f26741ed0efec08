"""Assignments in the admin: what is there for readers, and nothing else."""

import re

import pytest

from prework import dynamo, ledger, transactions
from tests.admin.visitors import Visitor, links_of, text_of
from tests.cast import Person
from tests.teams.bulk import failing_from
from tests.teams.making import assign, new_checklist

PAGE = "/admin/teams/assignment/"
ROW = re.compile(r'<a href="/admin/teams/assignment/[^"]*?([0-9a-f-]{36,40})/[^"]*"')


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(ledger, "ATTEMPTS", 1)
    monkeypatch.setattr(dynamo, "READ_ATTEMPTS", 1)


def listed(operator: Visitor, query: str) -> list[str]:
    """The ids on every page of a list."""
    found, following = [], [query]
    while following:
        answer = operator.get(PAGE + following[0])
        found += ROW.findall(text_of(answer))
        following = links_of(answer, "next")
    return found


@pytest.mark.usefixtures("impatient")
def test_of_a_batch_that_is_not_complete_there_is_nothing(
    alice: Person, bob: Person, operator: Visitor
) -> None:
    to_bob = {"checklistId": new_checklist(alice), "userId": bob.user_id}
    (there,) = assign(alice, to_bob)
    body = {"assignments": [to_bob] * 60}
    with failing_from("TransactWriteItems", 1):
        answer = alice.api.post("/api/assignments", body, Idempotency_Key="k")
    assert answer.status_code == 503
    own = f"?org={alice.organization_id}"
    for narrowed in ("", f"&user={bob.user_id}"):
        assert listed(operator, own + narrowed) == [there["assignmentId"]]
    exported = text_of(operator.get(f"{PAGE}export/{own}&format=csv"))
    assert len(exported.splitlines()) == 2
    assert alice.api.post("/api/assignments", body, Idempotency_Key="k").status_code == 201
    assert len(listed(operator, own)) == 61
