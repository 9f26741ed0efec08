"""What has happened: a frozen fact, from which audit, history, live push and metric follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from prework.secrecy import SecretRecorded, is_secret, refuse_secrets
from prework.tenancy import Actor

Outcome = Literal["success", "denied", "failed"]
Meanings = Mapping[str, str]
CATALOGUE: dict[str, type["Event"]] = {}


class Audience(NamedTuple):
    """Whose history an event is part of: `("team", id)`, `("user", id)`, `("checklist", id)`."""

    entity_type: str
    entity_id: str


class Measured(NamedTuple):
    """A figure that an event gives: of which metric, and what stands beside it."""

    metric: str
    value: float
    beside: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What somebody who is not here is to hear of, by mail or push, if they want to.

    `topic` is what they choose by (`notices/roles.py`); `link` a path of the site; `moments` are
    named, as the wire has them, and are shown by each person's own clock.
    """

    topic: str
    title: str
    body: str
    link: str = "/"
    moments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """One kind of fact. `code` is its type on the wire; the audit action is the same, upper case.

    `old_values` and `new_values` are what the audit trail shows: plain values in snake_case,
    never a secret (`prework/secrecy.py`). A subclass names in `old_fields` and `new_fields` what
    may be in them and what it means, in `audiences` who is told, and in `data` what they get.
    """

    code: ClassVar[str]
    entity_type: ClassVar[str]
    sentence: ClassVar[str]
    outcome: ClassVar[Outcome] = "success"
    keep_days: ClassVar[int] = 90
    old_fields: ClassVar[Meanings] = {}
    new_fields: ClassVar[Meanings] = {}

    entity_id: str
    old_values: Mapping[str, Any] = field(default_factory=dict)
    new_values: Mapping[str, Any] = field(default_factory=dict)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "code"):
            return  # a family of events, with what they have in common
        twin = CATALOGUE.setdefault(cls.code, cls)
        if (twin.__module__, twin.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.code} is taken by {twin.__qualname__}")
        if any(is_secret(name) for name in (*cls.old_fields, *cls.new_fields)):
            raise SecretRecorded(f"{cls.__qualname__} names a value that is secret.")

    @property
    def action(self) -> str:
        """`TEAM_CREATED` for `team.created`."""
        return self.code.replace(".", "_").upper()

    @property
    def target_type(self) -> str:
        """The type of what was acted on. Documents say here which type of document."""
        return self.entity_type

    def audiences(self) -> list[Audience]:
        """Whose event history this goes into, and whose open sockets are told."""
        return []

    def data(self) -> dict[str, Any]:
        """What those who are told get, in snake_case."""
        return dict(self.new_values)

    def measured(self) -> list[Measured]:
        """What is measured of it, beside that it happened."""
        return []

    def notice(self) -> Notice | None:
        """What those whom it concerns are to hear of wherever they are, if it is worth that."""
        return None

    def notified(self) -> list[Audience]:
        """Whom it concerns so: of its audiences the people, and never who did it.

        Other kinds of audience are people by the setting `NOTICE_AUDIENCES`.
        """
        return [audience for audience in self.audiences() if audience.entity_type == "user"]

    def describe(self) -> str:
        """The sentence, filled with this event's own fields and values."""
        return self.sentence.format(**{**self.old_values, **self.new_values, **vars(self)})


def of(meanings: Meanings, *names: str) -> Meanings:
    """Some of the values that events of one family have."""
    return {name: meanings[name] for name in names}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event as it was recorded: by whom, when, and under which id.

    Whatever is written or told of an event is made from this, and of one that would say a secret
    there is none: `SecretRecorded`.
    """

    event_id: str
    timestamp: datetime
    actor: Actor
    event: Event
    is_audited: bool = True  # if not, it is only told: what it tells of has its entries already

    def __post_init__(self) -> None:
        event = self.event
        refuse_secrets(event, event.old_values, event.new_values, event.data())
