"""Checking the trail against its seals: one pass over digests and entries, side by side.

Nothing of the store is believed: which digests there are, the archive says; what was in a window,
its digest; that nothing was between two windows, the later one's.
"""

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings

from audit.engine.digests import Digest
from audit.engine.keys import Keyring
from audit.engine.leaves import Leaf
from audit.engine.merkle import Tree
from audit.errors import RangeTooLong
from audit.meters import VERIFY_PROBLEMS
from audit.services import chain
from audit.services.chain import Head, Shelved
from audit.services.findings import Verified
from audit.services.keys import trusted_keys
from audit.services.stretches import Stream, Stretch, find_stretch
from audit.services.windows import BEGINNING, LAST, Stored, closed_until
from prework import clock
from prework.errors import FieldError, ValidationFailed
from prework.metrics import log_business_metric
from prework.tenancy import Actor

AHEAD = timedelta(minutes=1)  # of this clock may an entry's time be
# What somebody who waits for the answer can have checked; a digest is two reads of the archive.
MAX_DAYS = 92
MAX_ENTRIES = 20_000
MAX_DIGESTS = 500
USUAL = (timedelta(days=31), timedelta(days=1), timedelta(hours=1))  # the first that is not more
NAMED = 100  # of digests that are missing one after the other
EARLIEST = datetime.min.replace(tzinfo=UTC)
NOTHING_THERE = "When the time around it was sealed, it was not there."


def verify_range(
    *, actor: Actor, since: datetime | None = None, until: datetime | None = None
) -> Verified:
    """Check a stretch of the trail while somebody waits for it.

    By default it is the last 31 days; the last day or hour where these are more than can be
    checked at once. Raises `RangeTooLong` for a longer one. Needs `audit.view`.
    """
    actor.require("audit.view")
    now = clock.now()
    end = until or now
    if since is not None and until is not None and since > until:
        raise ValidationFailed([FieldError("to", "before_from", "It is before from.")])
    if since is not None and end - since > timedelta(days=MAX_DAYS):
        raise RangeTooLong
    for begin in [since] if since else [max(end, EARLIEST + span) - span for span in USUAL]:
        try:
            return verify_trail(actor=actor, since=begin, until=until, now=now, is_brief=True)
        except RangeTooLong as error:
            too_long = error
    raise too_long


def verify_trail(
    *,
    actor: Actor,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    keys: Keyring | None = None,
    is_brief: bool = False,
) -> Verified:
    """Check the trail against its seals, by default all of it. Needs `audit.view`.

    Windows that the range cuts are checked whole. Memory does not grow with the trail. If it is
    to be brief, `RangeTooLong` is raised for more than `MAX_ENTRIES` or `MAX_DIGESTS`.
    """
    actor.require("audit.view")
    check = _Check(actor, keys if keys is not None else trusted_keys(), now, is_brief=is_brief)
    verified = check.run(clock.as_text(since), clock.as_text(until))
    beside = {"OrganizationId": actor.organization_id}
    log_business_metric(VERIFY_PROBLEMS.name, verified.problem_count, beside)
    return verified


class _Check:
    """One pass. `_before` is the last good digest; `_is_linked`, whether it is the last at all."""

    def __init__(self, actor: Actor, keys: Keyring, now: datetime, *, is_brief: bool) -> None:
        self.actor = actor
        self.keys = keys
        self.now = now
        self.entries_left = MAX_ENTRIES if is_brief else math.inf
        self.digests_left = MAX_DIGESTS if is_brief else math.inf
        self.found = Verified(organization_id=actor.organization_id)
        self._before: Digest | None = None
        self._is_linked = True
        self._expected = 1
        self._began = time.monotonic()

    def run(self, since: str | None, until: str | None) -> Verified:
        told = chain.find_head(self.actor)
        stretch = find_stretch(self.actor, since, until, last=told.sequence, keys=self.keys)
        if until is None and self._is_too_long(stretch.first, told):
            raise RangeTooLong
        self.found.since, self.found.until = since, until
        self._since, self._until = since or BEGINNING, until or LAST
        self._expected = max(stretch.first - 1, 1)
        self._entries = Stream(self._stored(stretch))
        if self._go_along_the_chain():
            self._check_end(told)
            self._check_rest()
        return self.found

    def _is_too_long(self, first: int, told: Head) -> bool:
        """Whether there are more digests than there is time for, by the archive's word."""
        if told.sequence - first < self.digests_left:
            return False
        one_too_many = first + int(self.digests_left)
        return chain.find_digest(self.actor.organization_id, one_too_many, self.keys) is not None

    def _stored(self, stretch: Stretch) -> Iterator[Stored]:
        for stored in stretch.stored(self.actor, self.now):
            self.entries_left -= 1
            if self.entries_left < 0:
                raise RangeTooLong
            if stored.is_of_its_day:
                yield stored
            else:
                self.found.is_added(stored.audit_id, "Its key is of another time than its day.")

    def _go_along_the_chain(self) -> bool:
        """Check each digest and its window; whether the chain has ended before the range did."""
        for place in chain.shelf(self.actor.organization_id, first=self._expected, keys=self.keys):
            digest = self._check_place(place)
            if digest is not None and digest.window_end > self._since:
                self._check_gap(digest)
                if digest.window_start >= self._until:
                    return False
                self._check_window(digest)
        return True

    def _check_place(self, place: Shelved) -> Digest | None:
        """The digest in a place, unless it is not to be trusted."""
        if place.sequence is None:
            self.found.is_no_digest(place.name)
            return None
        self._check_missing(place.sequence)
        self.found.digests_checked += 1
        if self.found.digests_checked > self.digests_left:
            raise RangeTooLong
        flaw = place.flaw or self._flaw(place)
        if flaw is not None:
            self.found.is_broken(place.sequence, flaw)
        self._is_linked = place.digest is not None
        self._before = place.digest
        self._expected = place.sequence + 1
        return place.digest

    def _check_missing(self, sequence: int) -> None:
        for number in range(self._expected, sequence)[:NAMED]:
            self.found.is_broken(number, "It is not in the archive.")
            self._is_linked = False

    def _flaw(self, place: Shelved) -> str | None:
        """What is wrong with a good digest: where it is, or what it goes on from."""
        if place.is_deleted:
            return "It was deleted; what was sealed is still there."
        if place.is_touched:
            return "Something else was put in its place; what was sealed is still there."
        if place.digest is not None and self._is_known(place.digest):
            return place.digest.break_after(self._before)
        return None

    def _is_known(self, digest: Digest) -> bool:
        """Whether what is before the digest is known, be it nothing."""
        return self._is_linked and (self._before is not None or digest.sequence == 1)

    def _check_gap(self, digest: Digest) -> None:
        """Between the window before and this one there is nothing; what is not known is left."""
        known_from = digest.previous_window_end or BEGINNING
        for _ in self._entries.until(min(known_from, self._until)):
            self.found.unverified += 1
        for stored in self._entries.until(min(digest.window_start, self._until)):
            self.found.is_added(stored.audit_id, NOTHING_THERE)

    def _check_window(self, digest: Digest) -> None:
        inside = self._entries.until(digest.window_end)
        with chain.reading(digest) as kept:
            if kept is None:
                self._check_by_root(digest, inside)
                return
            if not kept.is_untouched:
                self.found.is_broken(digest.sequence, "The list of its leaves was put over.")
            self._compare(kept.leaves, inside)

    def _check_by_root(self, digest: Digest, inside: Iterator[Stored]) -> None:
        """Without its leaves a digest still says whether all is as it was, but not what is not."""
        tree = Tree(bytes.fromhex(stored.leaf().leaf) for stored in inside)
        detail = "The list of its leaves is gone or altered"
        if tree.root().hex() == digest.root:
            self.found.entries_checked += tree.size
            self.found.is_broken(digest.sequence, f"{detail}; its entries are as they were.")
        else:
            self.found.unverified += tree.size
            self.found.is_broken(digest.sequence, f"{detail}, and so are entries of its window.")

    def _compare(self, leaves: Iterator[Leaf], inside: Iterator[Stored]) -> None:
        """Go along what was sealed and what is stored, both in the order of their keys."""
        leaf, stored = next(leaves, None), next(inside, None)
        while leaf is not None or stored is not None:
            if stored is None or (leaf is not None and leaf.place < stored.place):
                self.found.is_missing(leaf.audit_id)  # type: ignore[union-attr]
                leaf = next(leaves, None)
            elif leaf is None or stored.place < leaf.place:
                self.found.is_added(stored.audit_id, NOTHING_THERE)
                stored = next(inside, None)
            else:
                self._check_entry(leaf, stored)
                leaf, stored = next(leaves, None), next(inside, None)

    def _check_entry(self, leaf: Leaf, stored: Stored) -> None:
        self.found.entries_checked += 1
        now = stored.leaf()
        if now == leaf:
            return
        if stored.claimed_id != stored.audit_id:
            detail = (
                f"Out of order: what is in its place says that it is {stored.claimed_id[:64]!r}."
            )
        elif now.leaf == leaf.leaf:
            detail = "What it says is as it was; how it is stored is not."
        else:
            detail = "It does not say any more what it said."
        self.found.is_altered(stored.audit_id, detail)

    def _check_end(self, told: Head) -> None:
        """The store's word on where the chain ends: it is never ahead, and one behind at most."""
        last = self._expected - 1
        for number in range(last + 1, told.sequence + 1)[:NAMED]:
            self.found.is_broken(number, "It is not in the archive, and the store tells of it.")
        if told.sequence > last:
            self._expected = told.sequence + 1
            return
        now = chain.find_head(self.actor)
        is_other = now.sequence == last and self._before and Head.of(self._before) != now
        if is_other or now.sequence < last - 1 or now == chain.UNREADABLE:
            self.found.is_broken(last, "The store tells of another end of the chain.")

    def _check_rest(self) -> None:
        """What is behind the last digest is not sealed yet, or should have been."""
        due = closed_until(self.now - timedelta(seconds=settings.AUDIT_OVERDUE_SECONDS))
        taken = timedelta(seconds=time.monotonic() - self._began)  # others have written meanwhile
        ahead = clock.to_text(self.now + taken + AHEAD)
        overdue, since = 0, ""
        for stored in self._entries.until(self._until):
            if stored.sort_key < due:
                overdue, since = overdue + 1, since or stored.sort_key.partition("#")[0]
            elif stored.sort_key > ahead:
                self.found.is_added(stored.audit_id, "Its time is yet to come.")
            else:
                self.found.unsealed += 1
        if overdue:
            self.found.unverified += overdue
            detail = f"{overdue} entries since {since} are not sealed, and should be."
            self.found.is_broken(self._expected, detail)
