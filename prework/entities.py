"""Doors across domains: who may read or write a document, a team or a user, asked by its type."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from django.conf import settings

from prework.errors import NotFound, Problem
from prework.tenancy import Actor
from prework.wiring import resolve


@dataclass(frozen=True, kw_only=True)
class Entity:
    """What a door lets through: the thing's type and id, and the team it belongs to, if any."""

    entity_type: str
    entity_id: str
    team_id: str | None = None


def access_entity(
    actor: Actor, entity_type: str, entity_id: str, *, to_write: bool = False
) -> Entity:
    """The entity, if the actor may read it (or write to it). Raises as its own door does.

    `NotFound` for an unknown type or id, `PermissionDenied` where it may be seen but not so used.
    """
    path = settings.ENTITY_DOORS.get(entity_type)
    if path is None:
        raise NotFound
    return cast(Entity, resolve(path)(actor, entity_type, entity_id, to_write=to_write))


def access_entities(
    actor: Actor, entity_type: str, entity_ids: Collection[str]
) -> dict[str, Entity | Problem]:
    """Each of these entities, or why the actor may not read it: one or two reads for all."""
    path = settings.ENTITY_BATCH_DOORS[entity_type]
    answers: dict[str, Entity | Problem] = resolve(path)(actor, entity_type, entity_ids)
    return answers
