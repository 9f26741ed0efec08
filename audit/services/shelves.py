"""The digests of an organisation as they stand in the archive, good or bad, to be looked at."""

from dataclasses import dataclass
from itertools import takewhile

from audit.engine.digests import Digest
from audit.services import chain
from audit.services.chain import Shelved
from audit.services.keys import trusted_keys
from prework.tenancy import Actor


@dataclass(frozen=True, kw_only=True)
class Seal:
    """The place of a digest: what is there, and what is wrong with it by itself."""

    organization_id: str
    sequence: int
    digest: Digest | None = None
    flaw: str | None = None


def list_seals(*, actor: Actor, limit: int, before: int | None = None) -> list[Seal]:
    """Up to `limit` seals, newest first, of those numbered below `before`. Needs `audit.view`."""
    actor.require("audit.view")
    last = chain.find_head(actor).sequence if before is None else before - 1
    return list(reversed(_between(actor, max(1, last - limit + 1), last)))


def find_seal(*, actor: Actor, sequence: int) -> Seal | None:
    """The seal of this number, if the store or the archive knows of it. Needs `audit.view`."""
    actor.require("audit.view")
    last = chain.find_head(actor).sequence
    seal = next(iter(_between(actor, sequence, sequence)), None) if sequence > 0 else None
    return None if seal is None or (sequence > last and seal.digest is None) else seal


def _between(actor: Actor, first: int, last: int) -> list[Seal]:
    """A seal for each number, whether there is anything of it or not."""
    listed = chain.shelf(actor.organization_id, first=first, keys=trusted_keys())
    there = takewhile(lambda place: place.sequence is None or place.sequence <= last, listed)
    found = {place.sequence: place for place in there}
    return [_seal(actor, number, found.get(number)) for number in range(first, last + 1)]


def _seal(actor: Actor, sequence: int, place: Shelved | None) -> Seal:
    digest = place.digest if place else None
    flaw = _flaw(place) if place else "It is not in the archive."
    return Seal(organization_id=actor.organization_id, sequence=sequence, digest=digest, flaw=flaw)


def _flaw(place: Shelved) -> str | None:
    if place.digest is None:
        return place.flaw or "What is there is no digest."
    if place.is_deleted:
        return "It was deleted; what was put first is still there."
    return "Something was put over it; what counts is still there." if place.is_touched else None
