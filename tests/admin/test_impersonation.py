"""Acting in a user's name: the banner, the token, both names in every entry, and its end."""

import re

import pytest
from botocore.exceptions import EndpointConnectionError

from prework import transactions
from tests import faults
from tests.admin.visitors import Visitor, text_of
from tests.cast import Api, Organization, Person

DOWN = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")
REASON = "They cannot find their checklist"
TOKEN = re.compile(r'<code class="dynamo-token">([^<]+)</code>')


def page_of(person: Person) -> str:
    return f"accounts/user/{person.organization_id}.{person.user_id}/impersonate/"


def begin(operator: Visitor, person: Person) -> str:
    page = text_of(operator.post(page_of(person), {"reason": REASON}))
    found = TOKEN.search(page)
    assert found, page
    return found[1]


def test_it_reads_and_says_whose_it_is(
    operator: Visitor, operator_person: Person, bob: Person
) -> None:
    api = Api(begin(operator, bob))

    me = api.get("/api/auth/me").json()
    assert (me["userId"], me["impersonation"]["isReadOnly"]) == (bob.user_id, True)
    assert me["impersonation"]["staffUserId"] == operator_person.user_id
    assert api.patch("/api/auth/me", {"name": "Robert"}).status_code == 403
    assert "in the name of" in text_of(operator.get("accounts/user/"))


def test_raised_it_writes_with_both_names(
    operator: Visitor, operator_person: Person, org: Organization, bob: Person
) -> None:
    api = Api(begin(operator, bob))
    assert operator.post("impersonation/raise/", {"reason": REASON}).status_code == 302
    assert api.patch("/api/auth/me", {"name": "Robert"}).status_code == 200

    [entry] = org.admin.trail(action="USER_UPDATED")
    assert (entry["userId"], entry["impersonatorId"]) == (bob.user_id, operator_person.user_id)
    [raised] = org.admin.trail(action="IMPERSONATION_RAISED")
    assert raised["reason"] == REASON


def test_it_ends(operator: Visitor, bob: Person) -> None:
    api = Api(begin(operator, bob))
    operator.post("impersonation/end/")

    assert api.get("/api/auth/me").status_code == 401
    assert "in the name of" not in text_of(operator.get("accounts/user/"))


def test_one_that_could_not_be_ended_is_still_shown(
    operator: Visitor, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)
    api = Api(begin(operator, bob))
    data = {"csrfmiddlewaretoken": operator.token("")}
    with faults.raising("TransactWriteItems", DOWN):
        assert operator.client.post("/admin/impersonation/end/", data).status_code == 503

    assert "in the name of" in text_of(operator.get("teams/team/"))
    assert api.get("/api/auth/me").status_code == 200


def test_an_organisation_may_refuse_it(operator: Visitor, org: Organization, bob: Person) -> None:
    org.admin.api.patch("/api/organization", {"supportAccess": False})
    page = text_of(operator.post(page_of(bob), {"reason": REASON}))

    assert not TOKEN.search(page)
    assert org.admin.trail(action="IMPERSONATION_STARTED") == []


def test_it_takes_a_reason(operator: Visitor, bob: Person) -> None:
    assert not TOKEN.search(text_of(operator.post(page_of(bob), {"reason": "because"})))
