"""argon2id that says how often it was asked."""

from typing import ClassVar

from tests.hashers import QuickArgon2


class CountedArgon2(QuickArgon2):
    """The tests' hasher, which writes down each use."""

    seen: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.seen.append("encode")
        return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        self.seen.append("verify")
        return bool(super().verify(password, encoded))


class StrongerArgon2(CountedArgon2):
    """What hashing costs after the next upgrade of Django."""

    time_cost = 2
