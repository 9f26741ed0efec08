"""Somebody with an authenticator app."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp

from prework import clock
from tests.accounts.bodies import log_in
from tests.cast import Person

URL = "/api/auth/mfa/totp"
STEP = timedelta(seconds=30)


@dataclass
class Phone:
    """An authenticator app with a user's secret, and the recovery codes in its case."""

    person: Person
    secret: str
    recovery_codes: list[str]

    def code(self, *, steps: int = 0) -> str:
        """What it shows now, or some steps of 30 seconds later."""
        code: str = pyotp.TOTP(self.secret).at(clock.now() + steps * STEP)
        return code

    def log_in(self, otp: str) -> Any:
        return log_in(self.person.email, otp=otp)


def enrol(person: Person) -> Phone:
    """Set up a second factor. The present code has been used up by that."""
    secret = person.api.post(URL).json()["secret"]
    phone = Phone(person, secret, [])
    answer = person.api.post(f"{URL}/confirm", {"otp": phone.code(steps=-1)})
    assert answer.status_code == 200, answer.content
    phone.recovery_codes = answer.json()["recoveryCodes"]
    return phone
