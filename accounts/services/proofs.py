"""Asking somebody who is signed in for their password or code again, before what matters most."""

from collections.abc import Callable

from accounts.engine import attempts, factors, passwords
from accounts.errors import ProofRefused
from accounts.events import ProofFailed
from accounts.models import CREDENTIALS, METADATA, Counter, Credentials, User
from prework.changes import Change
from prework.dynamo import fetch, find
from prework.errors import NotAuthenticated
from prework.tenancy import Actor

Check = Callable[[], factors.Proof | None]


def own_account(actor: Actor) -> tuple[User, Credentials]:
    """The actor's own user and credentials. Nobody else has them, whoever acts as the user."""
    actor.require_in_person()
    pk = actor.key("USER", actor.user_id)
    user, credentials = fetch((User, pk, METADATA), (Credentials, pk, CREDENTIALS))
    if user is None or credentials is None:
        raise NotAuthenticated
    return user, credentials


def demand(
    *,
    actor: Actor,
    user: User,
    credentials: Credentials,
    current_password: str | None,
    otp: str | None = None,
) -> factors.Proof:
    """What proves that it is them. Raises `ProofRefused`, or `TooManyAttempts` when locked."""

    def check() -> factors.Proof | None:
        if otp is not None and credentials.totp_secret:
            return factors.prove(credentials, otp)
        is_right = passwords.check(current_password or "", credentials.password_hash)
        return factors.NO_PROOF if is_right else None

    if otp is None and current_password is None:
        raise ProofRefused
    return attempt(actor=actor, user=user, check=check)


def attempt(*, actor: Actor, user: User, check: Check) -> factors.Proof:
    """Do a check of which as many may fail as of sign-ins, counted apart from those."""
    with passwords.slot():
        counter = find(Counter, *attempts.key_for(user.user_id, attempts.PROOF))
        lock = attempts.lock_of(counter)
        if lock is not None:
            raise lock
        proof = check()
        if proof is None:
            attempts.count(user.user_id, attempts.PROOF)
    if proof is None:
        with Change(actor=actor) as change:
            change.record(ProofFailed(entity_id=user.user_id))
        raise ProofRefused
    return proof
