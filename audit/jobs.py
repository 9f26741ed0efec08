"""What goes on by itself in the trail: closed windows are sealed, and exports do not stay."""

from datetime import timedelta

from audit.services import remove_old_exports, sealing
from audit.services.windows import closed_until
from prework import clock
from prework.jobs import Job, Turn

# Up to when this process has found all sealed. Until another window closes there is nothing to do,
# and the store is not asked.
_all_sealed_until: list[str] = []


class NotAllSealed(Exception):
    """Some organisations could not be sealed; the log has why, and it is tried again."""


def seal(turn: Turn) -> None:
    """Seal the windows that have closed since it was last done. Raises `NotAllSealed`."""
    now = clock.now()
    until = closed_until(now)
    if _all_sealed_until == [until]:
        return
    done = sealing.seal_active(turn, now=now)
    if done.failed:
        raise NotAllSealed(f"{done.failed} organisations could not be sealed")
    _all_sealed_until[:] = [until]


SEAL = Job(name="audit.seal", every=timedelta(minutes=1), work=seal)
REMOVE_EXPORTS = Job(
    name="audit.remove_exports", every=timedelta(hours=6), work=remove_old_exports
)
