"""What has happened: a frozen fact, from which audit, history, live push and metric follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple

from prework.tenancy import Actor

Outcome = Literal["success", "denied", "failed"]
CATALOGUE: dict[str, type["Event"]] = {}


class Audience(NamedTuple):
    """Whose history an event is part of: `("team", id)`, `("user", id)`, `("checklist", id)`."""

    entity_type: str
    entity_id: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One kind of fact. `code` is its type on the wire; the audit action is the same, upper case.

    `old_values` and `new_values` are what the audit trail shows: plain values in snake_case,
    never a secret. A subclass names in `audiences` who is told, and in `data` what they get.
    """

    code: ClassVar[str]
    entity_type: ClassVar[str]
    sentence: ClassVar[str]
    outcome: ClassVar[Outcome] = "success"
    keep_days: ClassVar[int] = 90

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

    def describe(self) -> str:
        """The sentence, filled with this event's own fields and values."""
        return self.sentence.format(**{**self.old_values, **self.new_values, **vars(self)})


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An event as it was recorded: by whom, when, and under which id."""

    event_id: str
    timestamp: datetime
    actor: Actor
    event: Event
    is_audited: bool = True  # if not, it is only told: what it tells of has its entries already
