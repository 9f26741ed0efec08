"""A small thing of our own, to try the mechanisms on."""

from dataclasses import dataclass

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import tables
from prework.dynamo import Item
from prework.events import Audience, Event
from prework.ids import new_id
from prework.tenancy import Actor


class Crate(Item, table=tables.TEAMS):
    """An item with a version and a counter."""

    crate_id = UnicodeAttribute()
    label = UnicodeAttribute(default="")
    content_count = NumberAttribute(default=0)
    version = NumberAttribute(default=1)


@dataclass(frozen=True, kw_only=True)
class CrateMoved(Event):
    """Something happened to a crate."""

    code = "crate.moved"
    entity_type = "crate"
    sentence = "moved the crate {entity_id}"

    def audiences(self) -> list[Audience]:
        return [Audience("crate", self.entity_id)]


def somebody() -> Actor:
    """An actor in an organisation of their own, who may read its trail."""
    return Actor(organization_id=new_id(), user_id=new_id(), permissions=frozenset({"audit.view"}))


def crate(actor: Actor, crate_id: str = "c1") -> Crate:
    return Crate(actor.key("CRATE", crate_id), "METADATA", crate_id=crate_id)
