"""Passwords: changing one that is known, and getting back in without it."""

from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts import queries
from accounts.engine import attempts, passwords
from accounts.errors import InvalidResetToken, ProofRefused
from accounts.events import PasswordChanged, ResetRequested
from accounts.models import (
    CREDENTIALS,
    METADATA,
    AuthSession,
    Credentials,
    Organization,
    ResetToken,
    StaffSession,
    User,
    is_live,
    organization_key,
    reset_key,
    session_key,
    staff_session_key,
    user_key,
)
from accounts.services.proofs import demand, own_account
from accounts.services.sessions import end_sessions
from prework import clock, tokens
from prework.changes import Change
from prework.dynamo import fetch
from prework.errors import Conflict, NotAuthenticated
from prework.outbox import Letter, OutboxRow, deliver_now, post
from prework.tenancy import Actor, Origin

RESET_MAILS_ALLOWED = 3  # for one address in a window: a mailbox is not to be flooded
RESET_VALID = timedelta(minutes=30)
MAIL = """Somebody, hopefully you, wants to set a new password for your prework account.

To do so, open this within {minutes} minutes:

{url}/reset-password#token={token}

The link works once. If it was not you, there is nothing to do: your password still is the same.
"""


def change_password(*, actor: Actor, current_password: str, new_password: str) -> None:
    """Set another password. You stay signed in here, to the API or the admin, and nowhere else."""
    passwords.refuse_weak(new_password, "newPassword")
    user, credentials = own_account(actor)
    demand(actor=actor, user=user, credentials=credentials, current_password=current_password)
    password_hash = passwords.hashed(new_password)
    with Change(actor=actor) as change:
        change.adjust(
            Credentials,
            user.pk,
            CREDENTIALS,
            Credentials.password_hash.set(password_hash),
            condition=Credentials.password_hash == credentials.password_hash,
            otherwise=ProofRefused,
        )
        end_sessions(change, user)
        _keep_session(change, user)
        change.record(PasswordChanged(entity_id=user.user_id, new_values={"means": "itself"}))


def request_reset(*, origin: Origin, email: str) -> None:
    """Have a way back in mailed. What is done for whom, only the mailbox shows.

    Here it is noted that it was asked for, which takes as long for any address; all the rest is
    done beside the request.
    """
    deliver_now("reset", {"origin": asdict(origin), "email": email})


def mail_reset(row: OutboxRow, content: dict[str, Any]) -> None:
    """Mail a way back in, if there is such an account: who sends a `reset` in `OUTBOX`."""
    email = content["email"]
    if attempts.count(email, attempts.RESET_MAIL) > RESET_MAILS_ALLOWED:
        return
    account = queries.find_account_by_email(email)
    user = _open_user(*account) if account else None
    if user is not None:
        with suppress(Conflict):  # whoever had the row before was killed when all was written
            _mail(user, Origin(**content["origin"]), reset_id=row.row_id)


def confirm_reset(*, origin: Origin, token: str, new_password: str) -> None:
    """Set a new password by the mailed token, and be signed out everywhere."""
    passwords.refuse_weak(new_password, "newPassword")
    user, reset = _redeemable(token)
    password_hash = passwords.hashed(new_password)
    with Change(actor=_acting(user, origin)) as change:
        is_there = ResetToken.pk.exists() & is_live(ResetToken)
        change.delete(reset, is_there, InvalidResetToken)
        end_sessions(change, user, otherwise=InvalidResetToken)
        new_hash = Credentials.password_hash.set(password_hash)
        change.adjust(Credentials, user.pk, CREDENTIALS, new_hash)
        change.record(PasswordChanged(entity_id=user.user_id, new_values={"means": "mail"}))


def _keep_session(change: Change, user: User) -> None:
    actor = change.actor
    is_of_staff = actor.kind == "staff"
    model = StaffSession if is_of_staff else AuthSession
    sort_key = staff_session_key if is_of_staff else session_key
    is_as_read = model.generation == user.session_generation
    change.adjust(
        model,
        user.pk,
        sort_key(actor.session_id),
        model.generation.set(user.session_generation + 1),
        condition=is_as_read,
        otherwise=NotAuthenticated,
    )


def _open_user(organization_id: str, user_id: str) -> User | None:
    user, organization = fetch(
        (User, user_key(organization_id, user_id), METADATA),
        (Organization, organization_key(organization_id), METADATA),
    )
    is_open = user and organization and user.is_active and organization.is_active
    return user if is_open else None


def _mail(user: User, origin: Origin, *, reset_id: str) -> None:
    expires = clock.now() + RESET_VALID
    token = tokens.issue(tokens.RESET, user.organization_id, user.user_id, reset_id)
    reset = ResetToken(
        user.pk,
        reset_key(reset_id),
        token_hash=tokens.digest(token),
        generation=user.session_generation,
        expires_at=clock.to_epoch(expires),
    )
    minutes = int(RESET_VALID.total_seconds() // 60)
    letter = Letter(
        to=user.email,
        subject="Set a new prework password",
        body=MAIL.format(minutes=minutes, url=settings.PUBLIC_URL, token=token),
        until=clock.to_text(expires),
    )
    with Change(actor=_acting(user, origin)) as change:
        change.put(reset)
        post(change, letter)
        change.record(ResetRequested(entity_id=user.user_id))


def _acting(user: User, origin: Origin) -> Actor:
    """The user, as far as the mailbox proves it."""
    return Actor(
        organization_id=user.organization_id,
        user_id=user.user_id,
        name=user.name,
        role=user.role,
        origin=origin,
    )


def _redeemable(token: str) -> tuple[User, ResetToken]:
    """The user and record of a reset token. Raises `InvalidResetToken`."""
    try:
        organization_id, user_id, reset_id = tokens.parts_of(token, tokens.RESET, count=3)
    except NotAuthenticated:
        raise InvalidResetToken from None
    pk = user_key(organization_id, user_id)
    (reset,) = fetch((ResetToken, pk, reset_key(reset_id)))
    user = _open_user(organization_id, user_id)
    if reset is None or user is None or not tokens.is_same(token, reset.token_hash):
        raise InvalidResetToken
    is_over = reset.expires_at <= clock.to_epoch(clock.now())
    if is_over or reset.generation != user.session_generation:
        raise InvalidResetToken
    return user, reset
