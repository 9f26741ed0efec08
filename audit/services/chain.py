"""An organisation's digests in the archive, one after the other.

    digests/<organisation>/<sequence number>               signed, each naming the one before
    leaves/<organisation>/<sequence number>-<sha256>       what its root is over

The number alone is in a digest's key: of two who seal at once, one can put it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

import structlog
from pynamodb.exceptions import AttributeDeserializationError

from accounts import queries
from audit.engine.canonical import Unreadable, lines_of, sha256
from audit.engine.digests import SEQUENCE_DIGITS, Digest, read_digest
from audit.engine.keys import Keyring
from audit.engine.leaves import Leaf, Written, read_leaves, write_leaves
from audit.models import HEAD, SealHead, scope
from prework import archive, ledger
from prework.archive import Kept
from prework.dynamo import find
from prework.tenancy import PLATFORM, Actor, key

VERSIONS_READ = 20  # in one place; who puts more there has the trail called broken
IN_MEMORY = 4 * 1024 * 1024  # of a list of leaves; what is more waits on disk
log = structlog.get_logger(__name__)


class Head(NamedTuple):
    """Where a chain ends: what the next digest has to go on from."""

    sequence: int = 0
    window_end: str | None = None
    digest_hash: str | None = None

    @classmethod
    def of(cls, digest: Digest) -> "Head":
        """The end that this digest is."""
        return cls(digest.sequence, digest.window_end, digest.hash)

    def is_before(self, digest: Digest) -> bool:
        """Whether the digest goes on from here."""
        there = (digest.sequence - 1, digest.previous_window_end, digest.previous_digest)
        return there == self


UNREADABLE = Head(0, "", "unreadable")


class Shelved(NamedTuple):
    """A place for a digest in the archive, and what is there."""

    name: str
    sequence: int | None  # None where the key is none of a digest
    is_touched: bool
    is_deleted: bool
    digest: Digest | None  # the first that was put there and is good
    raw: bytes  # what was put there first
    flaw: str | None  # why there is no digest


def digest_key(organization_id: str, sequence: int) -> str:
    """Where a digest is kept."""
    return f"{_prefix(organization_id)}{sequence:0{SEQUENCE_DIGITS}}"


def leaves_key(digest: Digest) -> str:
    """Where the list of its leaves is kept: made of its content, so that it is never another's."""
    number = f"{digest.sequence:0{SEQUENCE_DIGITS}}"
    return f"leaves/{key(digest.organization_id)}/{number}-{digest.leaves_sha256}"


def organization_ids() -> Iterator[str]:
    """Every organisation that there is or that was ever sealed, and the platform: not in order.

    For an operator's command: who is in neither list has no trail, or has lost it altogether.
    """
    listed = {PLATFORM, *queries.list_organization_ids()}
    yield from listed
    yield from (one for one in archive.folders("digests/") if one not in listed)


def _prefix(organization_id: str) -> str:
    return f"digests/{key(organization_id)}/"


def put_digest(digest: Digest, leaves: IO[bytes]) -> bool:
    """Keep a digest and its leaves; `False` if there is something under its number.

    The leaves go first: a digest whose leaves are not there would name nothing.
    """
    _put_leaves(digest, leaves)
    raw = digest.to_bytes()
    place = digest_key(digest.organization_id, digest.sequence)
    return archive.put_once(place, raw, sha256=sha256(raw))


def put_over(digest: Digest) -> None:
    """Keep a digest on top of what is there and is none; of several, the first counts."""
    raw = digest.to_bytes()
    place = digest_key(digest.organization_id, digest.sequence)
    archive.put(place, raw, sha256=sha256(raw))


def _put_leaves(digest: Digest, leaves: IO[bytes]) -> None:
    """What is there under its key is the same, or else was put there to be in the way."""
    place = leaves_key(digest)
    is_put = archive.put_once(place, leaves, sha256=digest.leaves_sha256)
    if not is_put and not _has_leaves(digest):
        leaves.seek(0)
        archive.put(place, leaves, sha256=digest.leaves_sha256)


def _has_leaves(digest: Digest) -> bool:
    with reading(digest) as found:
        return found is not None


def find_digest(organization_id: str, sequence: int, keys: Keyring) -> Digest | None:
    """The digest of this number: what is in its place if that is well signed, or is beneath."""
    if sequence < 1:
        return None
    raw = archive.read(digest_key(organization_id, sequence))
    digest, _ = _judged(raw, organization_id, sequence, keys)
    return digest or find_first_digest(organization_id, sequence, keys)


def find_first_digest(organization_id: str, sequence: int, keys: Keyring) -> Digest | None:
    """Of several well signed ones in its place, the first that was put there: the one that counts.

    There are several only where somebody has had their hands in the archive.
    """
    kept = archive.find_kept(digest_key(organization_id, sequence))
    return None if kept is None else _first_good(kept, organization_id, sequence, keys)[0]


def _judged(
    raw: bytes | None, organization_id: str, sequence: int | None, keys: Keyring
) -> tuple[Digest | None, str | None]:
    """The digest that this is, or why it is none of this place."""
    try:
        digest = read_digest(raw or b"")
    except Unreadable as error:
        return None, str(error)
    if (digest.organization_id, digest.sequence) != (organization_id, sequence):
        return None, "It is the digest of another place."
    flaw = digest.flaw(keys)
    return (None, flaw) if flaw else (digest, None)


def _first_good(
    kept: Kept, organization_id: str, sequence: int | None, keys: Keyring
) -> tuple[Digest | None, str | None, bytes]:
    """The first good digest among a place's versions, why there is none, and the first at all."""
    first, reason = b"", "There is nothing but a delete."
    for number, version_id in enumerate(kept.versions[:VERSIONS_READ]):
        raw = archive.read(kept.key, version_id) or b""
        digest, flaw = _judged(raw, organization_id, sequence, keys)
        if number == 0:
            first, reason = raw, flaw or reason
        if digest is not None:
            return digest, None, first
    return None, reason, first


def shelf(organization_id: str, *, first: int, keys: Keyring) -> Iterator[Shelved]:
    """What the archive has where an organisation's digests are, from a number on, in order."""
    prefix = _prefix(organization_id)
    after = digest_key(organization_id, first - 1) if first > 1 else ""
    for kept in archive.kept(prefix, after=after):
        name = kept.key.removeprefix(prefix)
        is_number = name.isascii() and name.isdigit() and len(name) == SEQUENCE_DIGITS
        number = int(name) if is_number else None
        digest, flaw, raw = _first_good(kept, organization_id, number, keys)
        yield Shelved(name, number, kept.is_touched, kept.is_deleted, digest, raw, flaw)


def first_ending_after(organization_id: str, moment: str, *, last: int, keys: Keyring) -> int:
    """The number of the first digest whose window ends after a moment, by halving.

    `last + 1` if there is none; one that cannot be read counts as later, so that whoever reads on
    from here reads rather too much than too little.
    """
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        digest = find_digest(organization_id, middle, keys)
        if digest is None or digest.window_end > moment:
            high = middle
        else:
            low = middle + 1
    return low


def find_head(actor: Actor) -> Head:
    """Where the chain ends by the store's word, which may be any; `UNREADABLE` if it is none."""
    try:
        item = find(SealHead, scope(actor, "SEALS"), HEAD)
        if item is None:
            return Head()
        return Head(int(item.sequence), item.window_end, item.digest_hash)
    except (AttributeDeserializationError, TypeError, ValueError, OverflowError):
        return UNREADABLE


def confirmed(actor: Actor, told: Head, keys: Keyring) -> Head:
    """Where the chain ends by the archive's word, which the store's only points at."""
    digest = find_digest(actor.organization_id, told.sequence, keys)
    if digest is not None and Head.of(digest) == told:
        return told
    if told.sequence:
        log.error("audit_head_is_not_as_sealed", organization_id=actor.organization_id)
    return _walk(actor.organization_id, keys)


def _walk(organization_id: str, keys: Keyring) -> Head:
    """The last digest that goes on from all before it."""
    head = Head()
    for place in shelf(organization_id, first=1, keys=keys):
        if place.digest is None or not head.is_before(place.digest):
            break
        head = Head.of(place.digest)
    return head


def note_head(actor: Actor, digest: Digest, told: Head) -> None:
    """Say where the chain ends, unless somebody is further; what was told in error goes."""
    model = SealHead
    item = SealHead(
        scope(actor, "SEALS"),
        HEAD,
        organization_id=digest.organization_id,
        sequence=digest.sequence,
        window_end=digest.window_end,
        digest_hash=digest.hash,
    )
    is_behind = model.pk.does_not_exist() | (model.sequence < digest.sequence)
    is_as_told = (model.sequence == told.sequence) | ~model.sequence.is_type()  # type: ignore[no-untyped-call]
    condition = None if told == UNREADABLE else is_behind | is_as_told
    ledger.put(item, condition, is_repeatable=True)


@contextmanager
def writing(leaves: Iterator[Leaf]) -> Iterator[tuple[Written, IO[bytes]]]:
    """The list of these leaves as a file to read, and what a digest says of it."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        written = write_leaves(leaves, file)
        file.seek(0)
        yield written, file


class Leaves(NamedTuple):
    """The leaves that a digest is over, and whether they are all that is in their place."""

    leaves: Iterator[Leaf]
    is_untouched: bool


@contextmanager
def reading(digest: Digest) -> Iterator[Leaves | None]:
    """The leaves that a digest is over, `None` if the archive does not have them any more."""
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        is_untouched = _fetch(digest, file, None)
        if not (is_untouched or _fetch_older(digest, file)):
            yield None
            return
        file.seek(0)
        lines = (line.rstrip(b"\n") for line in file)
        yield Leaves(read_leaves(lines), is_untouched)


def _fetch_older(digest: Digest, file: IO[bytes]) -> bool:
    """The same from what is beneath: what is on top of them is somebody else's."""
    there = archive.find_kept(leaves_key(digest))
    versions = there.versions[:VERSIONS_READ] if there else ()
    return any(_fetch(digest, file, version_id) for version_id in versions)


def _fetch(digest: Digest, file: IO[bytes], version_id: str | None) -> bool:
    """Whether the archive has the leaves as the digest has them; they are in the file then."""
    file.seek(0)
    file.truncate()
    try:
        with archive.opened(leaves_key(digest), version_id) as chunks:
            if chunks is None:
                return False
            lines = islice(lines_of(chunks), digest.entry_count + 1)
            written = write_leaves(read_leaves(lines), file)
    except Unreadable:
        return False
    return written == (digest.entry_count, digest.root, digest.leaves_sha256)
