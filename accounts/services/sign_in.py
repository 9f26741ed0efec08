"""Signing in: the same work and the same answer for whatever is not right.

There are two doors, the API's and that of the staff's admin. What is behind them is not the same;
what it takes to get in, and what a refusal tells, is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from accounts.engine import attempts, factors, passwords
from accounts.errors import InvalidCredentials, OtpRequired
from accounts.events import SignedIn, SignInRefused, StaffSignInRefused
from accounts.models import (
    CREDENTIALS,
    METADATA,
    PROFILE,
    UNIQUE,
    Counter,
    Credentials,
    EmailAddress,
    Organization,
    Profile,
    User,
    email_key,
    organization_key,
    user_key,
)
from accounts.services.sessions import SignIn, open_session
from prework import ids
from prework.addresses import fingerprint, normalise
from prework.changes import Change
from prework.dynamo import fetch
from prework.errors import Problem
from prework.tenancy import PLATFORM, Actor, Origin

NOBODY = "nobody"  # read in place of an account that there is not, for equal work
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What somebody has sent to sign in, and to which of the doors."""

    origin: Origin
    email: str
    password: str
    otp: str | None
    is_at_staff_door: bool = False


@dataclass(frozen=True, kw_only=True)
class Account:
    """What there is for an attempt's e-mail address, each `None` if there is not."""

    attempt: Attempt
    counter: Counter | None
    user: User | None
    credentials: Credentials | None
    organization: Organization | None

    @property
    def is_open(self) -> bool:
        """Whether anybody may sign in to it by this door."""
        if self.user is None or self.organization is None:
            return False
        is_active = self.user.is_active and self.organization.is_active
        return is_active and (self.user.is_staff or not self.attempt.is_at_staff_door)

    @property
    def parts(self) -> tuple[User, Organization, Credentials]:
        """What there is, all of it. Raises `InvalidCredentials`."""
        if self.user is None or self.organization is None or self.credentials is None:
            raise InvalidCredentials
        return self.user, self.organization, self.credentials


@dataclass(frozen=True)
class Refusal:
    """Why a sign-in is refused: for the caller, and in one word for the audit trail."""

    problem: Problem
    reason: str

    @property
    def is_failure(self) -> bool:
        """Whether it counts towards the lock: something that was sent was wrong."""
        return isinstance(self.problem, InvalidCredentials)


Begin = Callable[[Account, factors.Proof, Origin], T]


def login(*, origin: Origin, email: str, password: str, otp: str | None = None) -> SignIn:
    """Sign in, and get the token that says so from then on."""
    return let_in(Attempt(origin=origin, email=email, password=password, otp=otp), _begin)


def let_in(attempt: Attempt, begin: Begin[T]) -> T:
    """What `begin` makes of an attempt that is right; any other is refused, and noted."""
    with passwords.slot():  # the counter is read in here: parallel guesses wait their turn
        account = _find_account(attempt)
        verdict = _examine(account, attempt.password, attempt.otp)
        if isinstance(verdict, Refusal) and verdict.is_failure:
            attempts.count(attempt.email)
    if isinstance(verdict, Refusal):
        raise _refused(account, verdict)
    try:
        return begin(account, _with_upgrade(account, verdict), attempt.origin)
    except InvalidCredentials as problem:  # used by somebody else in this very moment
        attempts.count(attempt.email)
        raise _refused(account, Refusal(problem, "outdated")) from None


def accept(change: Change, account: Account, proof: factors.Proof) -> None:
    """Use up what proved an attempt right, and forget the wrong ones, as a part of a change."""
    attempts.reset(change, account.counter)
    proof.spend(change, account.parts[-1], otherwise=InvalidCredentials)


def _find_account(attempt: Attempt) -> Account:
    """Two reads, whether there is an account or not."""
    email = attempt.email
    address_key = email_key(normalise(email) or fingerprint(email))
    address, counter = fetch(
        (EmailAddress, address_key, UNIQUE), (Counter, *attempts.key_for(email))
    )
    organization_id = address.organization_id if address else NOBODY
    pk = user_key(organization_id, address.user_id if address else NOBODY)
    user, credentials, profile, organization = fetch(
        (User, pk, METADATA),
        (Credentials, pk, CREDENTIALS),
        (Profile, pk, PROFILE),
        (Organization, organization_key(organization_id), METADATA),
    )
    return Account(
        attempt=attempt,
        counter=counter,
        user=user.with_profile(profile) if user else None,
        credentials=credentials,
        organization=organization,
    )


def _examine(account: Account, password: str, otp: str | None) -> Refusal | factors.Proof:
    """Why not, or what proved the second factor. One password check, whatever the case."""
    lock = attempts.lock_of(account.counter)
    credentials = account.credentials if account.is_open and lock is None else None
    is_right = passwords.check(password, credentials.password_hash if credentials else None)
    if lock is not None:
        return Refusal(lock, "locked")
    if not is_right or credentials is None:
        return Refusal(InvalidCredentials(), _reason(account))
    return _examine_factor(credentials, otp)


def _examine_factor(credentials: Credentials, otp: str | None) -> Refusal | factors.Proof:
    if not credentials.totp_secret:
        return factors.NO_PROOF
    if not otp:
        return Refusal(OtpRequired(), "otp_required")
    proof = factors.prove(credentials, otp)
    return proof or Refusal(InvalidCredentials(), "wrong_otp")


def _reason(account: Account) -> str:
    user, organization = account.user, account.organization
    if user is None:
        return "unknown_account"
    if account.is_open:
        return "wrong_password"
    is_suspended = not user.is_active or organization is None or not organization.is_active
    return "suspended" if is_suspended else "not_staff"


def _begin(account: Account, proof: factors.Proof, origin: Origin) -> SignIn:
    user, organization, _ = account.parts
    session_id = ids.new_id()
    with Change(actor=_actor(user, origin, session_id)) as change:
        accept(change, account, proof)
        signed_in = open_session(
            change, user=user, organization=organization, session_id=session_id
        )
        change.record(SignedIn(entity_id=user.user_id, new_values={"method": proof.method}))
    return signed_in


def _with_upgrade(account: Account, proof: factors.Proof) -> factors.Proof:
    """Now that the password is at hand, hash it as strongly as is done today."""
    kept = account.credentials.password_hash if account.credentials else ""
    new_hash = passwords.upgraded(account.attempt.password, kept)
    return proof.along_with(Credentials.password_hash.set(new_hash)) if new_hash else proof


def _refused(account: Account, refusal: Refusal) -> Problem:
    """Leave the entry, in the account's organisation or, for nobody's address, the platform's."""
    user, attempt = account.user, account.attempt
    kind = StaffSignInRefused if attempt.is_at_staff_door else SignInRefused
    entity_id = user.user_id if user else fingerprint(attempt.email)
    with Change(actor=_actor(user, attempt.origin)) as change:
        change.record(kind(entity_id=entity_id, new_values={"reason": refusal.reason}))
    return refusal.problem


def _actor(user: User | None, origin: Origin, session_id: str = "") -> Actor:
    if user is None:
        return Actor(organization_id=PLATFORM, user_id="anonymous", kind="system", origin=origin)
    return Actor(
        organization_id=user.organization_id,
        user_id=user.user_id,
        name=user.name,
        role=user.role,
        session_id=session_id,
        origin=origin,
    )
