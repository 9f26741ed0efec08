"""The digests of an organisation as they stand in the archive, good or bad, to be looked at."""

from dataclasses import dataclass, replace
from itertools import takewhile

from audit.engine.canonical import Unreadable
from audit.engine.digests import Digest, read_digest
from audit.engine.keys import Keyring
from audit.services import chain
from audit.services.chain import Head, Shelved
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
    last = Head.told_by(chain.find_head(actor)).sequence if before is None else before - 1
    return list(reversed(_between(actor, max(1, last - limit + 1), last)))


def find_seal(*, actor: Actor, sequence: int) -> Seal | None:
    """The seal of this number, if the store or the archive knows of it. Needs `audit.view`."""
    actor.require("audit.view")
    last = Head.told_by(chain.find_head(actor)).sequence
    seal = next(iter(_between(actor, sequence, sequence)), None) if sequence > 0 else None
    return None if seal is None or (sequence > last and seal.digest is None) else seal


def _between(actor: Actor, first: int, last: int) -> list[Seal]:
    """A seal for each number, whether there is anything of it or not."""
    keys, organization_id = trusted_keys(), actor.organization_id
    listed = chain.shelf(organization_id, first=first)
    there = takewhile(lambda place: place.sequence is None or place.sequence <= last, listed)
    found = {place.sequence: place for place in there}
    return [_seal(organization_id, n, found.get(n), keys) for n in range(first, last + 1)]


def _seal(organization_id: str, sequence: int, place: Shelved | None, keys: Keyring) -> Seal:
    seal = Seal(organization_id=organization_id, sequence=sequence)
    if place is None:
        return replace(seal, flaw="It is not in the archive.")
    try:
        digest = read_digest(place.raw or b"")
    except Unreadable as error:
        return replace(seal, flaw=str(error))
    if (digest.organization_id, digest.sequence) != (organization_id, sequence):
        return replace(seal, flaw="It is the digest of another place.")
    return replace(seal, digest=digest, flaw=_touched(place) or digest.flaw(keys))


def _touched(place: Shelved) -> str | None:
    if place.is_deleted:
        return "It was deleted; what was put first is still there."
    if place.touches > 1:
        return "Something was put over it; what was put first is still there."
    return None
