"""argon2id at a cost that a suite of hundreds of sign-ins can pay."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The same algorithm and format with the least memory and time."""

    time_cost = 1
    memory_cost = 1024
    parallelism = 1
