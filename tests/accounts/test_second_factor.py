"""POST and DELETE /api/auth/mfa/totp, POST /api/auth/mfa/totp/confirm"""

import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.accounts.bodies import log_in, me_body, written
from tests.accounts.conftest import Wait
from tests.accounts.enrolled import URL, Phone, enrol
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Person
from tests.matching import Matches, problem

pytestmark = pytest.mark.usefixtures("early_in_a_step")
REFUSED = problem(403, "invalid_credentials")


def test_enrolling_shows_a_secret_as_text_and_picture(bob: Person) -> None:
    answer = bob.api.post(URL)
    body = answer.json()
    assert answer.status_code == 200
    assert body == {
        "secret": Matches(r"[A-Z2-7]{32}"),
        "otpauthUri": Matches(r"otpauth://totp/.+"),
        "qrSvg": Matches(r"(?s)<svg .+</svg>"),
    }
    uri = urlsplit(body["otpauthUri"])
    assert unquote(uri.path) == f"/prework:{bob.email}"
    assert parse_qs(uri.query) == {"secret": [body["secret"]], "issuer": ["prework"]}
    ET.fromstring(body["qrSvg"])  # noqa: S314  our own picture: it is well-formed


def test_it_counts_only_once_confirmed(bob: Person) -> None:
    bob.api.post(URL)
    assert bob.api.get("/api/auth/me").json() == me_body(bob)
    assert log_in(bob.email).status_code == 200


def test_confirming_gives_ten_recovery_codes(alice: Person, bob: Person) -> None:
    phone = enrol(bob)
    group = "[A-Z2-7]{6}"
    assert phone.recovery_codes == [Matches("-".join([group] * 4))] * 10
    assert len(set(phone.recovery_codes)) == 10
    assert bob.api.get("/api/auth/me").json() == me_body(bob, mfaEnabled=True)
    assert len(alice.trail(action="USER_MFA_ENABLED")) == 1
    assert len(alice.trail(action="USER_MFA_ENROLMENT_BEGUN")) == 1


def test_nothing_secret_is_stored_or_told_in_clear(
    alice: Person, bob: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    phone = enrol(bob)
    sent = str(store_calls.requests)
    told = str(alice.trail()) + bob.api.get("/api/auth/me").content.decode()
    for secret in [phone.secret, *phone.recovery_codes]:
        assert secret not in sent and secret not in told
        assert secret.replace("-", "") not in sent


@pytest.mark.parametrize("otp", ["000000", "abc", "", "١٢٣٤٥٦", "123456789012"])
def test_a_wrong_code_confirms_nothing(bob: Person, otp: str) -> None:
    bob.api.post(URL)
    answer = bob.api.post(f"{URL}/confirm", {"otp": otp})
    assert answer.status_code == (400 if otp == "" else 403)
    assert bob.api.get("/api/auth/me").json() == me_body(bob)


def test_there_must_be_something_to_confirm(bob: Person, store_calls: StoreCalls) -> None:
    bob.api.get("/api/auth/me")
    store_calls.clear()
    answer = bob.api.post(f"{URL}/confirm", {"otp": "123456"})
    assert answer.json() == problem(409, "no_pending_enrolment")
    assert written(store_calls) == []


def test_the_newest_secret_is_the_one_to_confirm(bob: Person) -> None:
    older = Phone(bob, bob.api.post(URL).json()["secret"], [])
    newer = Phone(bob, bob.api.post(URL).json()["secret"], [])
    assert bob.api.post(f"{URL}/confirm", {"otp": older.code()}).json() == REFUSED
    assert bob.api.post(f"{URL}/confirm", {"otp": newer.code()}).status_code == 200


@pytest.mark.parametrize("proof", ["password", "code", "recovery code"])
def test_enrolling_again_needs_a_proof(bob: Person, proof: str) -> None:
    old = enrol(bob)
    assert bob.api.post(URL).json() == REFUSED
    assert bob.api.post(URL, {"currentPassword": "wrong"}).json() == REFUSED
    assert bob.api.post(URL, {"otp": "000000"}).json() == REFUSED
    proofs = {
        "password": {"currentPassword": PASSWORD},
        "code": {"otp": old.code()},
        "recovery code": {"otp": old.recovery_codes[0]},
    }
    answer = bob.api.post(URL, proofs[proof])
    assert answer.status_code == 200
    new = Phone(bob, answer.json()["secret"], [])
    assert old.log_in(old.code(steps=1)).status_code == 200  # the old one holds until then
    assert bob.api.post(f"{URL}/confirm", {"otp": new.code()}).status_code == 200
    assert old.log_in(old.recovery_codes[1]).status_code == 401
    assert new.log_in(new.code(steps=1)).status_code == 200


@pytest.mark.parametrize("proof", ["password", "code", "recovery code"])
def test_removing_needs_a_proof(alice: Person, bob: Person, proof: str) -> None:
    phone = enrol(bob)
    proofs = {
        "password": {"currentPassword": PASSWORD},
        "code": {"otp": phone.code()},
        "recovery code": {"otp": phone.recovery_codes[0].lower().replace("-", " ")},
    }
    for wrong in ({}, {"currentPassword": "wrong"}, {"otp": phone.code(steps=9)}):
        assert bob.api.call("DELETE", URL, wrong).json() == REFUSED
    assert bob.api.get("/api/auth/me").json()["mfaEnabled"] is True
    answer = bob.api.call("DELETE", URL, proofs[proof])
    assert (answer.status_code, answer.content) == (204, b"")
    assert bob.api.get("/api/auth/me").json() == me_body(bob)
    assert log_in(bob.email).status_code == 200
    assert len(alice.trail(action="USER_MFA_DISABLED")) == 1


def test_there_must_be_something_to_remove(bob: Person) -> None:
    body = {"currentPassword": PASSWORD}
    assert bob.api.call("DELETE", URL, body).json() == problem(404, "not_found")


def test_too_many_wrong_codes_lock_it(bob: Person) -> None:
    phone = enrol(bob)
    for _ in range(5):
        assert bob.api.call("DELETE", URL, {"otp": "000000"}).status_code == 403
    answer = bob.api.call("DELETE", URL, {"currentPassword": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert phone.log_in(phone.code()).status_code == 200


def test_strangers_do_not_lock_it(bob: Person) -> None:
    phone = enrol(bob)
    for _ in range(6):
        log_in(bob.email, "wrong")
    assert phone.log_in(phone.code()).status_code == 429
    assert bob.api.call("DELETE", URL, {"otp": phone.code()}).status_code == 204


def test_a_used_code_proves_nothing(bob: Person, wait: Wait) -> None:
    phone = enrol(bob)
    code = phone.code()
    assert phone.log_in(code).status_code == 200
    assert bob.api.call("DELETE", URL, {"otp": code}).json() == REFUSED
    wait(seconds=30)
    assert bob.api.call("DELETE", URL, {"otp": code}).json() == REFUSED


@pytest.mark.parametrize("body", [{"otp": 123456}, {"otp": None}, {"otp": ["1"]}, {}, [], "x"])
def test_confirming_takes_a_text(bob: Person, body: Any) -> None:
    bob.api.post(URL)
    assert bob.api.post(f"{URL}/confirm", body).json()["code"] == "validation_failed"


def test_another_users_secret_is_of_no_use(bob: Person, carol: Person) -> None:
    phone, other = enrol(bob), enrol(carol)
    assert log_in(bob.email, otp=other.code()).status_code == 401
    assert log_in(bob.email, otp=other.recovery_codes[0]).status_code == 401
    assert phone.log_in(phone.code()).status_code == 200
