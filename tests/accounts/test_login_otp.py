"""POST /api/auth/login, with a second factor"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.accounts.bodies import SIGNED_IN, log_in, user_body
from tests.accounts.conftest import Wait
from tests.accounts.enrolled import enrol
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import problem

pytestmark = pytest.mark.usefixtures("early_in_a_step")
REFUSED = problem(401, "invalid_credentials")


def test_a_code_is_asked_for_after_the_right_password_only(alice: Person, bob: Person) -> None:
    enrol(bob)
    assert log_in(bob.email).json() == problem(401, "otp_required")
    assert log_in(bob.email, "wrong").json() == REFUSED
    reasons = [e["newValues"]["reason"] for e in alice.trail(action="USER_LOGIN_FAILED")]
    assert reasons == ["wrong_password", "otp_required"]


def test_asking_for_the_code_is_no_failure(bob: Person) -> None:
    phone = enrol(bob)
    for _ in range(7):
        assert log_in(bob.email).status_code == 401
    assert phone.log_in(phone.code()).status_code == 200


def test_a_code_signs_in(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    phone = enrol(bob)
    store_calls.clear()
    answer = phone.log_in(phone.code())
    assert answer.json() == {**SIGNED_IN, "user": user_body(bob, mfaEnabled=True)}
    assert store_calls.dynamodb == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    assert alice.trail(action="USER_LOGIN_SUCCESS")[0]["newValues"] == {"method": "otp"}


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_that_is_off_by_one_step_is_fine(bob: Person, steps: int, wait: Wait) -> None:
    phone = enrol(bob)
    wait(minutes=2)
    assert phone.log_in(phone.code(steps=steps)).status_code == 200


@pytest.mark.parametrize("steps", [-3, 3, 100])
def test_a_code_of_another_time_is_not(bob: Person, steps: int, wait: Wait) -> None:
    phone = enrol(bob)
    wait(minutes=5)
    assert phone.log_in(phone.code(steps=steps)).json() == REFUSED


def test_a_code_works_once(bob: Person) -> None:
    phone = enrol(bob)
    code = phone.code()
    assert phone.log_in(code).status_code == 200
    assert phone.log_in(code).json() == REFUSED
    assert phone.log_in(f" {code[:3]} {code[3:]} ").json() == REFUSED


def test_no_code_from_before_the_last_one_works(bob: Person) -> None:
    phone = enrol(bob)
    assert phone.log_in(phone.code(steps=1)).status_code == 200
    assert phone.log_in(phone.code()).json() == REFUSED


def test_the_code_that_confirmed_signs_nobody_in(bob: Person) -> None:
    phone = enrol(bob)
    assert phone.log_in(phone.code(steps=-1)).json() == REFUSED


def test_of_several_at_once_with_one_code_one_gets_in(bob: Person) -> None:
    phone = enrol(bob)
    code = phone.code()
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: phone.log_in(code).status_code, range(4)))
    assert sorted(codes) == [200, 401, 401, 401]


def test_a_recovery_code_works_once(alice: Person, bob: Person) -> None:
    phone = enrol(bob)
    first, second = phone.recovery_codes[:2]
    assert phone.log_in(first).status_code == 200
    assert alice.trail(action="USER_LOGIN_SUCCESS")[0]["newValues"] == {"method": "recovery_code"}
    assert phone.log_in(first).json() == REFUSED
    assert phone.log_in(second.lower().replace("-", "")).status_code == 200


def test_of_several_at_once_with_one_recovery_code_one_gets_in(bob: Person) -> None:
    phone = enrol(bob)
    code = phone.recovery_codes[0]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: phone.log_in(code).status_code, range(4)))
    assert sorted(codes) == [200, 401, 401, 401]


def test_the_last_recovery_code_works_too(bob: Person) -> None:
    phone = enrol(bob)
    assert [phone.log_in(code).status_code for code in phone.recovery_codes] == [200] * 10
    assert phone.log_in(phone.recovery_codes[0]).json() == REFUSED


@pytest.mark.parametrize("otp", ["000000", "AAAAAA-AAAAAA-AAAAAA-AAAAAA", "x", "é" * 6, "٣" * 6])
def test_wrong_codes_lock_as_wrong_passwords_do(bob: Person, otp: str) -> None:
    phone = enrol(bob)
    assert [phone.log_in(otp).json() for _ in range(5)] == [REFUSED] * 5
    assert phone.log_in(phone.code()).status_code == 429


def test_a_code_without_a_second_factor_is_passed_over(bob: Person) -> None:
    assert log_in(bob.email, otp="123456").status_code == 200
