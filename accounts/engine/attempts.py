"""Failed attempts: at sign-in for an e-mail address, whether there is an account or not.

Wrong proofs of somebody who is signed in have a counter of their own, for the user: strangers
cannot fill it, so that they keep no owner from changing a password.

A window begins with its first failure and has a fixed end: more failures do not move it, or
whoever wants to could keep the owner out for ever.
"""

from django.conf import settings

from accounts.errors import TooManyAttempts
from accounts.models import Counter, counter_key, is_live
from prework import clock, ledger
from prework.addresses import fingerprint
from prework.changes import Change
from prework.errors import Throttled

COUNTER = "COUNTER"
SIGN_IN, RESET_MAIL, PROOF = "SIGN_IN", "RESET_MAIL", "PROOF"
INVITE_MAIL, INVITING = "INVITE_MAIL", "INVITING"
COUNTS_AT_ONCE = 8  # a window that begins and ends again and again while it is counted


def key_for(whose: str, purpose: str = SIGN_IN) -> tuple[str, str]:
    """The key of the counter of an address, or for proofs of a user's id."""
    return counter_key(purpose, fingerprint(whose)), COUNTER


def live_count(counter: Counter | None) -> int:
    """How often it happened in the present window."""
    return int(counter.tries) if counter and counter.expires_at > _now() else 0


def lock_of(counter: Counter | None) -> TooManyAttempts | None:
    """The refusal, with the seconds left, once too many have failed."""
    if counter is None or live_count(counter) < settings.LOGIN_FAILURES_ALLOWED:
        return None
    return TooManyAttempts(retry_after=max(1, int(counter.expires_at) - _now()))


def count(whose: str, purpose: str = SIGN_IN) -> int:
    """Count one more; how many it are in the window. Atomic: two at once are two."""
    key = key_for(whose, purpose)
    for _ in range(COUNTS_AT_ONCE):
        counter = _add(key) or _begin(key)
        if counter is not None:
            return int(counter.tries)
    return int(settings.LOGIN_FAILURES_ALLOWED)


def allow(whose: str, purpose: str, most: int) -> None:
    """Count one more, and refuse what is beyond so many in a window."""
    if count(whose, purpose) > most:
        raise Throttled(retry_after=settings.LOGIN_FAILURE_WINDOW_SECONDS)


def reset(change: Change, counter: Counter | None) -> None:
    """Forget the failures as a part of a change, unless the last one allowed has just happened."""
    if counter is None:
        return
    is_open = Counter.tries < settings.LOGIN_FAILURES_ALLOWED
    is_over = Counter.pk.does_not_exist() | (Counter.expires_at <= _now())
    locked = TooManyAttempts(retry_after=max(1, int(counter.expires_at) - _now()))
    change.delete(counter, is_over | is_open, locked)


def _add(key: tuple[str, str]) -> Counter | None:
    return ledger.change(Counter, *key, [Counter.tries.add(1)], is_live(Counter))


def _begin(key: tuple[str, str]) -> Counter | None:
    ends = _now() + settings.LOGIN_FAILURE_WINDOW_SECONDS
    values = [Counter.tries.set(1), Counter.expires_at.set(ends), Counter.kind.set("Counter")]
    is_over = Counter.pk.does_not_exist() | (Counter.expires_at <= _now())
    return ledger.change(Counter, *key, values, is_over)


def _now() -> int:
    return clock.to_epoch(clock.now())
