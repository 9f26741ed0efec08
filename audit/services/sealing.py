"""Sealing: closed windows of the trail, said once in signed digests, whatever is killed meanwhile.

A digest is put under its number if nothing is there, and then the head is moved. Who is killed
between the two leaves a digest that the next one finds in its place, checks, and goes on from; so
does who comes second of two. What is sealed is what the store has, and nothing arrives behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog
from pynamodb.exceptions import AttributeDeserializationError

from audit.engine.digests import Digest
from audit.engine.leaves import Written
from audit.meters import SEALED
from audit.models import AUDITED, CURSOR, SEALS, ActiveOrganization, SealCursor
from audit.services import chain
from audit.services.chain import Head
from audit.services.keys import signer, trusted_keys
from audit.services.windows import (
    BEGINNING,
    Stored,
    Window,
    closed_until,
    days_listed,
    entries_of_days,
    window_of,
)
from prework import aws, clock, ledger
from prework.dynamo import each_raw, find
from prework.jobs import Turn, TurnOver
from prework.metrics import log_business_metric
from prework.tenancy import Actor, system_actor

PAGE = 500
log = structlog.get_logger(__name__)


class ChainBroken(Exception):
    """A digest is in its place that does not go on from here; nothing is sealed behind it."""


class ClockWrong(Exception):
    """This clock is not the store's: windows would be closed too early, or too late."""


@dataclass
class Sealed:
    """What a run has done."""

    organizations: int = 0
    digests: int = 0
    failed: int = 0


def seal_active(turn: Turn, *, now: datetime) -> Sealed:
    """Seal what is closed in every organisation that has had entries since all was sealed.

    One that cannot be sealed keeps no other from it, and is tried again next time.
    """
    check_clock()
    until, done = closed_until(now), Sealed()
    since = _since(until)
    for organization_id in turn.steps(_active_since(since), "sealing"):
        try:
            sealed = seal_organization(actor=system_actor(organization_id), until=until, turn=turn)
        except TurnOver:
            raise
        except Exception:  # whatever is wrong there, the others are to be sealed
            log.exception("audit_not_sealed", organization_id=organization_id)
            done.failed += 1
            continue
        done.organizations += 1
        done.digests += sealed
    if not done.failed and until[:10] != since:
        ledger.put(SealCursor(SEALS, CURSOR, day=until[:10]))
    return done


def check_clock() -> None:
    """Raise `ClockWrong` unless this clock is the store's, to what sealing allows for."""
    with aws.answering():
        skew = aws.clock_skew_seconds()
    if abs(skew) > aws.MAX_CLOCK_SKEW_SECONDS:
        raise ClockWrong(f"The clock is {skew:+.0f} s off the store's.")


def _since(until: str) -> str:
    """The first day that is not done everywhere; a word that cannot be is none."""
    try:
        cursor = find(SealCursor, SEALS, CURSOR)
    except AttributeDeserializationError:
        return BEGINNING
    day = cursor.day if cursor else None
    return day if day and day <= until else BEGINNING


def _active_since(day: str) -> Iterator[str]:
    """The organisations that have entries on this day or later, each once."""
    since = ActiveOrganization.sk >= day
    seen: set[str] = set()
    for raw in each_raw(ActiveOrganization, AUDITED, sort=since, page_size=PAGE):
        organization_id = raw.get("organizationId", {}).get("S")
        if organization_id and organization_id not in seen:
            seen.add(organization_id)
            yield organization_id


def seal_organization(*, actor: Actor, until: str, turn: Turn) -> int:
    """Seal every window of an organisation that ends by then; how many there were.

    Raises `ChainBroken`, and `StorageUnavailable`; what is sealed by then stays sealed.
    """
    pen = Pen(actor)
    while not _is_all_sealed(pen, until, turn):
        log.info("audit_chain_goes_on_from_elsewhere", organization_id=actor.organization_id)
    return pen.sealed


def _is_all_sealed(pen: "Pen", until: str, turn: Turn) -> bool:
    """Seal on; `False` where the chain turns out to end elsewhere, to be read on from there."""
    is_ahead = (pen.head.window_end or BEGINNING) > until
    if is_ahead and not pen.confirm():  # a note of the far future would else keep all unsealed
        return False
    for window, entries in _closed(pen.actor, pen.head.window_end or BEGINNING, until):
        turn.check()
        if not pen.confirm():
            return False
        pen.seal(window, entries)
        if pen.head.window_end != window.end:
            return False
    return True


def _closed(actor: Actor, since: str, until: str) -> Iterator[tuple[Window, Iterator[Stored]]]:
    """The windows from one time to another that are not empty, and what is in each."""
    if since >= until:
        return
    is_one_day = since[:10] == until[:10]
    days = [since[:10]] if is_one_day else days_listed(actor, since, until)
    entries = (
        stored
        for stored in entries_of_days(actor, days, since, until)
        if stored.is_of_its_day and since <= stored.sort_key < until
    )
    for window, inside in groupby(entries, key=window_of):
        yield Window(max(window.start, since), window.end), inside


class Pen:
    """Writes an organisation's next digests."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.head = self._told = chain.find_head(actor)
        self.sealed = 0
        self._signer = signer()
        self._keys = trusted_keys()
        self._is_sure = False

    def confirm(self) -> bool:
        """Whether the chain ends where the store says; once, before anything is sealed."""
        told = self.head
        if not self._is_sure:
            self.head = chain.confirmed(self.actor, told, self._keys)
            self._is_sure = True
        return self.head == told

    def seal(self, window: Window, entries: Iterator[Stored]) -> None:
        """Seal a window, or find that it is."""
        with chain.writing(stored.leaf() for stored in entries) as (written, file):
            digest = self._digest(window, written)
            if chain.put_digest(digest, file):
                self.sealed += 1
                beside = {"OrganizationId": self.actor.organization_id}
                log_business_metric(SEALED.name, written.entry_count, beside)
            else:
                digest = self._adopted() or self._put_over(digest)
        chain.note_head(self.actor, digest, self._told)
        self.head = Head.of(digest)

    def _digest(self, window: Window, written: Written) -> Digest:
        return Digest(
            organization_id=self.actor.organization_id,
            sequence=self.head.sequence + 1,
            previous_window_end=self.head.window_end,
            window_start=window.start,
            window_end=window.end,
            entry_count=written.entry_count,
            root=written.root,
            leaves_sha256=written.sha256,
            previous_digest=self.head.digest_hash,
            sealed_at=clock.to_text(clock.now()),
            key_id="",
        ).signed(self._signer)

    def _adopted(self) -> Digest | None:
        """The digest that is there already: another sealer's, or of one who was killed."""
        organization_id, sequence = self.actor.organization_id, self.head.sequence + 1
        digest = chain.find_first_digest(organization_id, sequence, self._keys)
        if digest is not None and not self.head.is_before(digest):
            raise ChainBroken(digest.digest_id)
        return digest

    def _put_over(self, digest: Digest) -> Digest:
        """Seal in spite of what was put in the way; it stays there, and is to be seen."""
        log.error("audit_digest_was_in_the_way", digest_id=digest.digest_id)
        chain.put_over(digest)
        put = self._adopted()
        if put is None:
            raise ChainBroken(digest.digest_id)
        self.sealed += put == digest
        return put
