"""Taking the trail away with its seals, and the proof of one entry: what is checked elsewhere."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.engine.bundles import proof_of
from audit.engine.canonical import Unreadable, canonical
from audit.engine.digests import Digest
from audit.errors import NotAsSealed, NotSealedYet
from audit.models import Entry
from audit.queries import Filters, entry_key
from audit.services import chain
from audit.services.exporting import record_taking
from audit.services.keys import trusted_keys
from audit.services.stretches import Stream, find_stretch
from audit.services.windows import LAST, Stored
from prework import clock, ids
from prework.dynamo import find
from prework.errors import NotFound
from prework.tenancy import Actor


@dataclass(frozen=True)
class Proof:
    """That an entry is in a digest's tree: both, and the way from one to the other."""

    entry: Entry
    digest: dict[str, Any]
    proof: dict[str, Any]


def prove_entry(*, actor: Actor, audit_id: str) -> Proof:
    """An entry with the proof that it was sealed as it is. Needs `audit.view`.

    Raises `NotFound`, `NotSealedYet`, and `NotAsSealed` for one that is not what was sealed.
    """
    actor.require("audit.view")
    entry = _access_entry(actor, audit_id)
    timestamp = entry.sk.partition("#")[0]
    digest = _digest_over(actor, timestamp)
    with chain.reading(digest) as kept:
        leaves = list(kept.leaves) if kept else []
    stored = Stored(entry.sk, 0, timestamp[:10], entry.serialize(null_check=False))
    try:
        proof = proof_of(stored.to_wire(), digest, leaves)
    except Unreadable:
        raise NotAsSealed from None
    if proof is None:
        raise NotAsSealed
    return Proof(entry, digest.to_wire(), proof)


def _access_entry(actor: Actor, audit_id: str) -> Entry:
    try:
        timestamp = clock.to_text(ids.moment_of(audit_id))
    except ValueError:
        raise NotFound from None
    entry = find(Entry, *entry_key(actor, timestamp, audit_id))
    if entry is None:
        raise NotFound
    return entry


def _digest_over(actor: Actor, timestamp: str) -> Digest:
    keys, told = trusted_keys(), chain.find_head(actor)
    organization_id = actor.organization_id
    number = chain.first_ending_after(organization_id, timestamp, last=told.sequence, keys=keys)
    digest = chain.find_digest(organization_id, number, keys)
    if digest is None:
        raise NotSealedYet
    return digest


def bundle(
    *,
    actor: Actor,
    since: datetime | None = None,
    until: datetime | None = None,
    has_entries: bool = True,
    kept_as: str | None = None,
) -> Iterator[bytes]:
    """The lines of a file with all that `audit.offline` needs but the key. Needs `audit.export`.

    It ends now at the latest, and windows that the range cuts are whole in it; without its entries
    it goes with an export of them. That it was taken (and under which key of the bucket it is
    kept, if it is) is in the trail before. Memory does not grow
    with the trail.
    """
    actor.require("audit.export")
    span = Filters(since=since, until=until).ended()
    export_format = "bundle" if has_entries else "seals"
    record_taking(actor=actor, filters=span, export_format=export_format, kept_as=kept_as)
    writer = _Writer(actor, clock.as_text(span.since), clock.as_text(span.until))
    return writer.lines(has_entries=has_entries)


class _Writer:
    """Writes a bundle: digests with their leaves, and the entries of their windows."""

    def __init__(self, actor: Actor, since: str | None, until: str | None) -> None:
        self.actor = actor
        self.since, self.until = since, until
        self.digests = self.entries = 0

    def lines(self, *, has_entries: bool) -> Iterator[bytes]:
        told, keys = chain.find_head(self.actor), trusted_keys()
        stretch = find_stretch(self.actor, self.since, self.until, last=told.sequence, keys=keys)
        stored: Iterator[Stored] = iter(())
        if has_entries:
            stored = stretch.stored(self.actor, clock.now(), is_thorough=False)
        stream = Stream(stored)
        span = {"from": self.since, "to": self.until}
        yield _line({"bundle": {"organizationId": self.actor.organization_id, **span}})
        for place in chain.shelf(self.actor.organization_id, first=stretch.first, keys=keys):
            digest = place.digest
            if digest is None:
                yield _line({"digest": place.raw.decode(errors="replace")})
            elif digest.window_start < (self.until or LAST):
                yield from self._window(digest, stream)
            else:
                break
        for one in stream.until(self.until or LAST):
            yield self._entry(one)
        yield _line({"end": {"digests": self.digests, "entries": self.entries}})

    def _window(self, digest: Digest, stream: Stream) -> Iterator[bytes]:
        self.digests += 1
        yield _line({"digest": digest.to_wire()})
        with chain.reading(digest) as kept:
            for leaf in kept.leaves if kept else ():
                yield _line({"leaf": leaf})
        for stored in stream.until(digest.window_end):
            yield self._entry(stored)

    def _entry(self, stored: Stored) -> bytes:
        self.entries += 1
        try:
            entry = stored.to_wire()
            canonical(entry)
            return _line(entry)
        except Unreadable:  # no entry, or one that no JSON has, as NaN
            return _line({"stored": stored.raw})


def _line(value: Any) -> bytes:
    """As JSON; what no JSON has (bytes in a forged item) by the word that is sealed for it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=repr)
    return text.encode() + b"\n"
