"""What is checked away from home: exported entries, digests and leaves, and a public key.

A file is JSON Lines. A line is an exported entry as it is, or one of

    {"bundle": {"organizationId": …, "from": …, "to": …}}           begins a file in which all is
    {"digest": {…}}                                                 a digest
    {"leaf": ["<timestamp>#<auditId>", shard, "<hash>", "<hash>"]}  a leaf of the digest above
    {"stored": {…}}                                                 an item that is no entry
    {"end": {"digests": …, "entries": …}}                           ends a file in which all is
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from audit.engine.canonical import Unreadable, canonical, read_json, stored_form
from audit.engine.digests import Digest, digest_from, digest_id
from audit.engine.keys import Keyring
from audit.engine.leaves import Leaf, Written, id_in, leaf_from
from audit.engine.merkle import Tree, inclusion_path, is_included, leaf_hash

ENTRIES = ("entry", "stored", "none")
Lines = Callable[[], Iterable[bytes]]
NAMED = 100  # of digests that are missing one after the other
LAST = "\U0010ffff"  # above every time


@dataclass
class Report:
    """What came of a check: counts, and each problem as its kind, its id, and words."""

    entries_checked: int = 0
    digests_checked: int = 0
    unsealed: int = 0
    unverified: int = 0
    problems: list[tuple[str, str, str]] = field(default_factory=list)

    def find(self, kind: str, name: str, detail: str) -> None:
        self.problems.append((kind, name, detail))


@dataclass
class _Sealed:
    """A leaf that was listed, whether its file is to have its entry, and if that was met."""

    leaf: bytes
    is_wanted: bool
    is_met: bool = False


class Seals:
    """The digests and leaves of some files: what was sealed, and of which times all is known."""

    def __init__(self, keys: Keyring, report: Report) -> None:
        self.sealed: dict[str, _Sealed] = {}
        self._keys = keys
        self._report = report
        self._before: Digest | None = None  # the one above, if it is good
        self._known: list[tuple[str, str]] = []  # from when to when
        self._open: Digest | None = None  # whose leaves are being read
        self._tree, self._sha256 = Tree(), hashlib.sha256()
        self.begin("", LAST)

    def begin(self, since: str, until: str) -> None:
        """What follows is of this time by its own word; without a beginning, of all times."""
        self._since, self._until = since, until
        self._is_start = not since

    def add_digest(self, value: Any) -> None:
        """One more digest; the leaves that follow are its."""
        self.close()
        self._report.digests_checked += 1
        is_start, self._is_start = self._is_start, False
        try:
            digest = digest_from(value)
        except Unreadable as error:
            number = value.get("sequence") if isinstance(value, dict) else None
            self._report.find("digest_broken", str(number), str(error))
            self._before = None
            return
        if flaw := digest.flaw(self._keys):
            self._report.find("digest_broken", digest.digest_id, flaw)
            self._before = None
            return
        self._link(digest, is_start=is_start)
        if digest.window_end <= self._since or digest.window_start >= self._until:
            detail = "It is of another time than its file."  # which is to have no entries of it
            self._report.find("digest_broken", digest.digest_id, detail)
        self._known.append((digest.previous_window_end or "", digest.window_end))
        self._before = self._open = digest

    def _link(self, digest: Digest, *, is_start: bool) -> None:
        """See that it goes on from the one above, if that is good, or is the first of all."""
        before = self._before
        if before is None and not is_start:
            return
        missing = range(before.sequence + 1 if before else 1, digest.sequence)
        for number in missing[:NAMED]:
            name = digest_id(digest.organization_id, number)
            self._report.find("digest_broken", name, "It is not in the file.")
        if not missing and (flaw := digest.break_after(before)):
            self._report.find("digest_broken", digest.digest_id, flaw)

    def add_leaf(self, value: Any) -> None:
        """One more leaf of the digest above."""
        if self._open is None:
            return
        try:
            leaf = leaf_from(json.dumps(value))
        except Unreadable:
            self._sha256.update(b"?")
            return
        self._sha256.update(leaf.to_line())
        self._tree.add(bytes.fromhex(leaf.leaf))
        is_wanted = self._since <= leaf.sort_key < self._until
        self.sealed[leaf.sort_key] = _Sealed(bytes.fromhex(leaf.leaf), is_wanted)

    def close(self) -> None:
        """Compare the leaves of the digest that ends here with what it says of them."""
        digest, self._open = self._open, None
        written = Written(self._tree.size, self._tree.root().hex(), self._sha256.hexdigest())
        self._tree, self._sha256 = Tree(), hashlib.sha256()
        if digest is not None and written != (
            digest.entry_count,
            digest.root,
            digest.leaves_sha256,
        ):
            detail = "The leaves are not those that it is over."
            self._report.find("digest_broken", digest.digest_id, detail)

    def is_known(self, place: str) -> bool:
        """Whether all that there was at this time is known."""
        nearest = bisect_right(self._known, (place, LAST)) - 1
        return nearest >= 0 and place < self._known[nearest][1]

    def is_after(self, place: str) -> bool:
        """Whether it is of a time after all that was sealed."""
        return not self._known or place >= max(end for _, end in self._known[-1:])


class Bundle:
    """Files that are checked together, each read twice: for the seals, then for the entries."""

    def __init__(self, files: Iterable[Lines], keys: Keyring, *, is_partial: bool = False) -> None:
        self.files = list(files)
        self.report = Report()
        self._seals = Seals(keys, self.report)
        self._is_partial = is_partial  # not every entry is there, by intention
        self._bundles = 0
        self._count = {"digests": 0, "entries": 0}  # of the file that is read
        self._is_counted = True  # whether each has as many as it says

    def check(self) -> Report:
        """Check all of it."""
        self._read_seals()
        if self._bundles:
            self.report.find("digest_broken", "", "A file ends before its end.")
        if not self.report.digests_checked:
            self.report.find("digest_broken", "", "There is no digest: nothing can be checked.")
        self._check_entries()
        self._check_missing()
        if not (self._is_counted or self.report.problems):
            detail = "A file does not have as many digests and entries as it says."
            self.report.find("digest_broken", "", detail)
        return self.report

    def _read_seals(self) -> None:
        for kind, value in self._lines():
            if kind == "bundle":
                self._begin(value)
            elif kind == "end":
                self._end(value)
            elif kind == "digest":
                self._count["digests"] += 1
                self._seals.add_digest(value)
            elif kind == "leaf":
                self._seals.add_leaf(value)
            elif kind in ENTRIES:
                self._count["entries"] += 1
        self._seals.close()

    def _begin(self, value: Any) -> None:
        self._bundles += 1
        self._count = dict.fromkeys(self._count, 0)
        span = value if isinstance(value, dict) else {}
        self._seals.begin(str(span.get("from") or ""), str(span.get("to") or LAST))

    def _end(self, value: Any) -> None:
        self._bundles -= 1
        self._is_counted &= value == self._count

    def _lines(self) -> Iterator[tuple[str, Any]]:
        for lines in self.files:
            for line in lines():
                if line.strip():
                    yield _told(line)

    def _check_entries(self) -> None:
        before, is_ordered = "", False
        for kind, value in self._lines():
            if kind == "bundle":
                before, is_ordered = "", True
            elif kind == "end":
                is_ordered = False
            if kind not in ENTRIES:
                continue
            place, leaf = _leaf_in(kind, value)
            if kind == "none":
                self.report.find("altered", "", f"A line is no JSON: {place}")
                continue
            if is_ordered and place < before:
                self.report.find("reordered", id_in(place), "It comes after a later one.")
            before = max(before, place)
            self._check_entry(place, leaf)

    def _check_entry(self, place: str, leaf: bytes | None) -> None:
        sealed, audit_id = self._seals.sealed.get(place), id_in(place)
        if sealed is None:
            self._check_unknown(place, leaf)
            return
        self.report.entries_checked += 1
        if sealed.is_met:
            self.report.find("added", audit_id, "It is there twice.")
        elif sealed.leaf != leaf:
            self.report.find("altered", audit_id, "It does not say what was sealed.")
        sealed.is_met = True

    def _check_unknown(self, place: str, leaf: bytes | None) -> None:
        if leaf is None:
            self.report.find("altered", id_in(place), "A line is no entry.")
        elif self._seals.is_known(place):
            self.report.find("added", id_in(place), "When its time was sealed, it was not there.")
        elif self._seals.is_after(place):
            self.report.unsealed += 1
        else:
            self.report.unverified += 1

    def _check_missing(self) -> None:
        for place, sealed in self._seals.sealed.items():
            if sealed.is_wanted and not (sealed.is_met or self._is_partial):
                self.report.find("missing", id_in(place), "It was sealed, and is not there.")


def _told(line: bytes) -> tuple[str, Any]:
    """What a line is, and what it says."""
    try:
        value = read_json(line)
    except Unreadable:
        return "none", line
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inner),) = value.items()
        return kind, inner
    return "entry", value


def _leaf_in(kind: str, value: Any) -> tuple[str, bytes | None]:
    """The place that a line's entry has by its own word, and its leaf's hash."""
    if not isinstance(value, dict):
        return str(value)[:80], None
    if kind == "stored":
        sort_key = value.get("SK")
        place = str(sort_key.get("S") if isinstance(sort_key, dict) else sort_key)
        return place, leaf_hash(stored_form(value))
    place = f"{value.get('timestamp')}#{value.get('auditId')}"
    try:
        return place, leaf_hash(canonical(value))
    except Unreadable:
        return place, None


def proof_of(entry: dict[str, Any], digest: Digest, leaves: list[Leaf]) -> dict[str, Any] | None:
    """That an entry is in a digest's tree: where, and the way to its root; `None` if it is not."""
    place, leaf = _leaf_in("entry", entry)
    for index, one in enumerate(leaves):
        if one.sort_key == place and leaf is not None and one.leaf == leaf.hex():
            path = inclusion_path([bytes.fromhex(each.leaf) for each in leaves], index)
            return {
                "leafIndex": index,
                "treeSize": digest.entry_count,
                "leafHash": one.leaf,
                "path": [beside.hex() for beside in path],
            }
    return None


def check_proof(value: Any, keys: Keyring) -> Report:
    """Check `{"entry", "digest", "proof"}`: the digest is signed, and the entry is in it."""
    report = Report(entries_checked=1, digests_checked=1)
    try:
        entry, proof = value["entry"], value["proof"]
        digest = digest_from(value.get("digest"))
        leaf = leaf_hash(canonical(entry))
        path = [bytes.fromhex(beside) for beside in proof["path"]]
        place = (int(proof["leafIndex"]), int(proof["treeSize"]))
    except (Unreadable, ArithmeticError, ValueError, TypeError, KeyError) as error:
        report.find("digest_broken", "", f"It is no proof: {error}")
        return report
    if flaw := digest.flaw(keys):
        report.find("digest_broken", digest.digest_id, flaw)
        return report
    root = bytes.fromhex(digest.root)
    is_in = place[1] == digest.entry_count and is_included(leaf, *place, path, root)
    if not is_in or entry["organizationId"] != digest.organization_id:
        report.find("altered", str(entry.get("auditId")), "The digest is not over this entry.")
    return report
