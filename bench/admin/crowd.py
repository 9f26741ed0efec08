"""A large organisation, soon made: items as the services make them, written 25 at a time.

What the services put into a transaction is collected here; `ledger.put_all` writes it. The
tests of the admin at size (`tests/admin/test_at_size.py`) use it too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

from accounts.events import SignedIn, UserSuspended, UserUpdated
from accounts.services.users import new_user, put_user
from audit.services import add_entry
from prework import clock, ids, ledger
from prework.changes import Change
from prework.dynamo import Item
from prework.events import Event, Recorded
from prework.tenancy import Actor, Origin, system_actor
from prework.transactions import Transaction

MODELS = (
    "accounts.models.Credentials",
    "accounts.models.EmailAddress",
    "accounts.models.Profile",
    "accounts.models.User",
    "audit.models.Entry",
)
PER_DAY = 100  # entries, unless it is told otherwise
ACTIVE = 10  # so many of the users are in the audit trail, each as often as the others
PER_REQUEST = 4
WRITTEN_AT_ONCE = 1_000
RARE = 10  # one in so many entries is of the rare action, and one in so many users a viewer


@dataclass
class Crowd:
    """What was made in an organisation; `days` are those of its entries, newest first."""

    organization_id: str
    per_day: int = PER_DAY
    active: int = ACTIVE
    names: list[str] = field(default_factory=list)
    user_ids: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    entry_ids: list[str] = field(default_factory=list)  # newest first, as they are numbered

    def by(self, who: int) -> list[str]:
        """The entries of one of the active users."""
        return self.entry_ids[who :: self.active]

    def about(self, who: int) -> list[str]:
        """The entries about one of them."""
        return [
            one for n, one in enumerate(self.entry_ids) if n // self.active % self.active == who
        ]


class _Heap(Transaction):
    """What was put, instead of a transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Item] = []

    def put(self, item: Item, *_: Any, **__: Any) -> None:
        self.items.append(item)


class _Collected(Change):
    """A change that is never committed: its items are written at once, with others."""

    def __init__(self, actor: Actor) -> None:
        super().__init__(actor=actor)
        self.heap = self._transaction = _Heap()


def gather(
    organization_id: str,
    *,
    users: int,
    entries: int,
    per_day: int = PER_DAY,
    active: int = ACTIVE,
) -> Crowd:
    """Give an organisation so many more users and audit entries, of the days before today."""
    crowd = Crowd(organization_id, per_day, active)
    with _unaudited():
        _add_users(crowd, users)
        _add_entries(crowd, entries)
    return crowd


@contextmanager
def _unaudited() -> Iterator[None]:
    """Let the ledger write what else only a change may."""
    with override_settings(UNAUDITED=[*settings.UNAUDITED, *MODELS]):
        yield


def _add_users(crowd: Crowd, count: int) -> None:
    change = _Collected(system_actor(crowd.organization_id))
    for number in range(count):
        name = f"Worker {number:06}"
        email = f"worker-{number}-{crowd.organization_id}@example.com"
        role = "member" if number % RARE else "viewer"
        user = new_user(crowd.organization_id, email=email, name=name, role=role)
        put_user(change, user, "none: nobody signs in as them")
        crowd.names.append(name)
        crowd.user_ids.append(user.user_id)
    ledger.put_all(change.heap.items)


def _add_entries(crowd: Crowd, count: int) -> None:
    heap = _Heap()
    midnight = datetime.combine(clock.now().date(), time(), UTC)
    apart = timedelta(days=1) / crowd.per_day
    for number in reversed(range(count)):  # the oldest first, as time goes
        day, of_day = divmod(number, crowd.per_day)
        moment = midnight - timedelta(days=day + 1) + (crowd.per_day - 1 - of_day) * apart
        recorded = _recorded(crowd, number, moment)
        add_entry(recorded, heap)
        crowd.entry_ids.append(recorded.event_id)
        if of_day == 0:
            crowd.days.append(moment.date().isoformat())
        if len(heap.items) >= WRITTEN_AT_ONCE or number == 0:
            ledger.put_all(heap.items)
            heap.items.clear()
    crowd.entry_ids.reverse()
    crowd.days.reverse()


def _recorded(crowd: Crowd, number: int, moment: datetime) -> Recorded:
    origin = Origin(request_id=f"request-{number // PER_REQUEST}", ip="192.0.2.1")
    system = system_actor(crowd.organization_id, origin=origin)
    actor = replace(system, user_id=crowd.user_ids[number % crowd.active], kind="user")
    user_id = crowd.user_ids[number // crowd.active % crowd.active]
    event_id = ids.new_id()
    return Recorded(
        event_id=event_id, timestamp=moment, actor=actor, event=_event(number, user_id)
    )


def _event(number: int, user_id: str) -> Event:
    if number % RARE == 0:
        was, becomes = {"is_active": True}, {"is_active": False}
        return UserSuspended(entity_id=user_id, old_values=was, new_values=becomes)
    if number % RARE == 1:
        return SignedIn(entity_id=user_id, new_values={"method": "password"})
    before, after = {"name": f"Name {number + 1}"}, {"name": f"Name {number}"}
    return UserUpdated(entity_id=user_id, old_values=before, new_values=after)
