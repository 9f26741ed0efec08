"""The second factor: setting one up, confirming that it works, removing it."""

from dataclasses import dataclass

from pynamodb.expressions.update import Action

from accounts.engine import factors
from accounts.errors import NoPendingEnrolment, ProofRefused
from accounts.events import EnrolmentBegun, MfaDisabled, MfaEnabled, UserMfaReset
from accounts.models import CREDENTIALS, Credentials, User
from accounts.queries import access_account
from accounts.services.proofs import attempt, demand, own_account
from prework.changes import Change, retry_stale
from prework.errors import NotFound
from prework.tenancy import Actor


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs, as text and as a picture. It is shown this once."""

    secret: str
    otpauth_uri: str
    qr_svg: str


def begin_enrolment(
    *, actor: Actor, otp: str | None = None, current_password: str | None = None
) -> Enrolment:
    """Get a secret for an authenticator app; it counts once a code of it was confirmed."""
    user, credentials = own_account(actor)
    proof = factors.NO_PROOF
    if user.mfa_enabled:
        proof = demand(
            actor=actor,
            user=user,
            credentials=credentials,
            current_password=current_password,
            otp=otp,
        )
    secret = factors.new_secret()
    with Change(actor=actor) as change:
        change.adjust(
            Credentials,
            credentials.pk,
            credentials.sk,
            *proof.actions,
            Credentials.totp_pending.set(factors.seal(secret, credentials.pk)),
            condition=proof.unless_changed(credentials),
            otherwise=ProofRefused,
        )
        change.record(EnrolmentBegun(entity_id=user.user_id))
    uri = factors.enrolment_uri(secret, user.email)
    return Enrolment(secret, uri, factors.qr_svg(uri))


@retry_stale
def confirm_enrolment(*, actor: Actor, otp: str) -> list[str]:
    """Sign in with a second factor from now on; get recovery codes, shown this once."""
    user, credentials = own_account(actor)
    if not credentials.totp_pending:
        raise NoPendingEnrolment
    proof = attempt(actor=actor, user=user, check=lambda: factors.prove_pending(credentials, otp))
    codes = factors.new_recovery_codes()
    with Change(actor=actor) as change:
        change.adjust(
            Credentials,
            credentials.pk,
            credentials.sk,
            *proof.actions,
            Credentials.totp_secret.set(credentials.totp_pending),
            Credentials.totp_pending.remove(),
            Credentials.recovery_hashes.set({factors.recovery_hash(code) for code in codes}),
            condition=Credentials.totp_pending == credentials.totp_pending,
            otherwise=NoPendingEnrolment,
        )
        change.update(user, User.mfa_enabled.set(True))
        change.record(MfaEnabled(entity_id=user.user_id))
    return codes


@retry_stale
def remove_second_factor(
    *, actor: Actor, otp: str | None = None, current_password: str | None = None
) -> None:
    """Sign in with the password alone again."""
    user, credentials = own_account(actor)
    if not user.mfa_enabled:
        raise NotFound("No second factor is set up.")
    proof = demand(
        actor=actor,
        user=user,
        credentials=credentials,
        current_password=current_password,
        otp=otp,
    )
    with Change(actor=actor) as change:
        change.adjust(
            Credentials,
            credentials.pk,
            credentials.sk,
            *_nothing_set_up(),
            condition=proof.unless_changed(credentials),
            otherwise=ProofRefused,
        )
        change.update(user, User.mfa_enabled.set(False))
        change.record(MfaDisabled(entity_id=user.user_id))


@retry_stale
def reset_second_factor(*, actor: Actor, user_id: str) -> None:
    """Let a user in again who has lost phone and recovery codes; their sign-ins end.

    Of staff, only those who manage staff may: it is half of the way into the admin.
    """
    user = access_account(actor, user_id)
    if user.is_staff:
        actor.require("staff.manage")
    if not user.mfa_enabled:
        raise NotFound("No second factor is set up.")
    ended = [User.session_generation.add(1), User.rights_version.add(1)]
    with Change(actor=actor) as change:
        change.adjust(Credentials, user.pk, CREDENTIALS, *_nothing_set_up())
        change.update(user, User.mfa_enabled.set(False), *ended)
        change.record(UserMfaReset(entity_id=user_id))


def _nothing_set_up() -> list[Action]:
    return [
        Credentials.totp_secret.remove(),
        Credentials.totp_pending.remove(),
        Credentials.recovery_hashes.remove(),
    ]
