"""POST /api/auth/register"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings

from accounts import queries
from accounts.models import Organization
from prework.dynamo import each
from prework.ids import new_id
from tests.accounts.bodies import ADMIN, PROFILE, SESSION, log_in, written
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.matching import ANY_ID, ANY_TIME, ANY_TOKEN, problem

URL = "/api/auth/register"


def form(**changed: Any) -> dict[str, Any]:
    return {
        "organizationName": "Roofers",
        "name": "Ada",
        "email": f"ada-{new_id()}@example.com",
        "password": PASSWORD,
        **changed,
    }


def test_it_makes_an_organisation_with_an_admin_who_is_signed_in(anonymous: Api) -> None:
    given = form()
    answer = anonymous.post(URL, given)
    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "success": True,
        "user": {
            "userId": ANY_ID,
            "email": given["email"],
            "name": "Ada",
            "organizationId": body["organization"]["organizationId"],
            "role": "admin",
            "permissions": ADMIN,
            "grants": [],
            "isActive": True,
            "mfaEnabled": False,
            "createdAt": ANY_TIME,
            "profile": PROFILE,
        },
        "organization": {
            "organizationId": ANY_ID,
            "name": "Roofers",
            "isActive": True,
            "supportAccess": True,
            "createdAt": ANY_TIME,
            "updatedAt": ANY_TIME,
        },
        "token": ANY_TOKEN,
        "session": SESSION,
    }
    assert Api(body["token"]).get("/api/auth/me").json() == {
        **body["user"],
        "impersonation": None,
    }


def test_it_is_one_transaction_and_one_entry(anonymous: Api, store_calls: StoreCalls) -> None:
    answer = anonymous.post(URL, form()).json()
    reads_and_day = ["GetItem", "BatchWriteItem"]  # the organisation's first audit day is listed
    assert store_calls.dynamodb == [*reads_and_day, "TransactWriteItems"]
    trail = Api(answer["token"]).get("/api/audit").json()["items"]
    assert [(entry["action"], entry["newValues"]) for entry in trail] == [
        (
            "ORGANIZATION_REGISTERED",
            {"name": "Roofers", "adminId": answer["user"]["userId"]},
        )
    ]


@pytest.mark.parametrize("typed", ["{}", "  {} ", "UPPER", "FULLWIDTH"])
def test_a_taken_address_is_taken_however_it_is_typed(alice: Person, typed: str) -> None:
    """G3: the guide compares the address as it was typed."""
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(ord("a"), ord("z") + 1)})
    local, domain = alice.email.split("@")
    spelled = {
        "UPPER": alice.email.upper(),
        "FULLWIDTH": f"{local.translate(wide)}@{domain}",
    }.get(typed, typed.format(alice.email))
    answer = Api().post(URL, form(email=spelled))
    assert answer.status_code == 409
    assert answer.json() == problem(409, "email_taken")


def test_of_two_at_the_same_moment_one_wins_and_the_other_leaves_nothing() -> None:
    """G2: an index on e-mail is not unique; the item of the address is."""
    email, name = f"twin-{new_id()}@example.com", f"Twins {new_id()}"
    forms = [form(email=email, organizationName=name, name=f"Twin {n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda given: Api().post(URL, given), forms))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    winner = next(answer.json() for answer in answers if answer.status_code == 201)
    found = queries.find_account_by_email(email)
    assert found == (winner["organization"]["organizationId"], winner["user"]["userId"])
    assert [
        one.organization_id for one in each(Organization, "ORGS", index=2) if one.name == name
    ] == [found[0]]
    assert log_in(email).json()["user"]["name"] == winner["user"]["name"]


def test_a_refused_one_leaves_nothing(alice: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    Api().post(URL, form(email=alice.email))
    assert store_calls.dynamodb == ["GetItem"]
    assert alice.api.get("/api/users").json()["items"][0]["userId"] == alice.user_id
    assert len(alice.trail()) == 1


def test_it_can_be_closed(settings: LazySettings, store_calls: StoreCalls) -> None:
    settings.OPEN_REGISTRATION = False
    answer = Api().post(URL, form())
    assert answer.json() == problem(403, "registration_closed")
    assert store_calls.dynamodb == []


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"email": "nobody"}, "email", "invalid"),
        ({"email": "a@b"}, "email", "invalid"),
        ({"email": 7}, "email", "invalid"),
        ({"email": None}, "email", "null"),
        ({"email": "a" * 250 + "@example.com"}, "email", "max_length"),
        ({"name": ""}, "name", "blank"),
        ({"name": "   "}, "name", "blank"),
        ({"name": "a\nb"}, "name", "unprintable"),
        ({"name": ["Ada"]}, "name", "invalid"),
        ({"organizationName": "x" * 201}, "organizationName", "max_length"),
        ({"password": "short"}, "password", "password_too_short"),
        ({"password": "password123"}, "password", "password_too_common"),
        ({"password": 12345678901}, "password", "invalid"),
        ({"password": "é" * 513}, "password", "password_too_long"),
        ({"password": "x" * 1025}, "password", "max_length"),
        ({"password": {}}, "password", "invalid"),
    ],
)
def test_what_is_not_valid_is_named(
    changed: dict[str, Any], field: str, code: str, store_calls: StoreCalls
) -> None:
    answer = Api().post(URL, form(**changed))
    assert answer.status_code == 400
    assert (field, code) in [(e["field"], e["code"]) for e in answer.json()["errors"]]
    assert written(store_calls) == []


@pytest.mark.parametrize("body", [[], "text", 7, None, {}])
def test_a_body_that_is_no_form_is_a_400(body: Any) -> None:
    answer = Api().post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_a_password_of_1024_bytes_works(anonymous: Api) -> None:
    given = form(password="é" * 512)
    assert anonymous.post(URL, given).status_code == 201
    assert log_in(given["email"], "é" * 512).status_code == 200


def test_a_password_is_the_same_from_another_keyboard(anonymous: Api) -> None:
    given = form(password="caf\u00e9-du-monde-1")
    anonymous.post(URL, given)
    assert log_in(given["email"], "cafe\u0301-du-monde-1").status_code == 200
