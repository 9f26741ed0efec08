"""What a check has found: counts, and problems by name, of which so many are listed."""

from dataclasses import dataclass, field
from typing import Literal

from audit.engine.digests import digest_id

LISTED = 100
Kind = Literal["altered", "missing", "added", "digest_broken"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is not as it was sealed."""

    kind: Kind
    audit_id: str | None = None
    digest_id: str | None = None
    detail: str


@dataclass(kw_only=True)
class Verified:
    """What came of checking a stretch of an organisation's trail."""

    organization_id: str
    since: str | None = None
    until: str | None = None
    entries_checked: int = 0
    digests_checked: int = 0
    unsealed: int = 0  # entries that are not sealed yet, and need not be
    unverified: int = 0  # entries whose digest is broken: nothing can be said of them
    problem_count: int = 0
    problems: list[Finding] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether all is as it was sealed."""
        return self.problem_count == 0

    def is_altered(self, audit_id: str, detail: str) -> None:
        self._find(Finding(kind="altered", audit_id=audit_id, detail=detail))

    def is_missing(self, audit_id: str) -> None:
        detail = "It was sealed, and is not there."
        self._find(Finding(kind="missing", audit_id=audit_id, detail=detail))

    def is_added(self, audit_id: str, detail: str) -> None:
        self._find(Finding(kind="added", audit_id=audit_id, detail=detail))

    def is_broken(self, sequence: int, detail: str) -> None:
        name = digest_id(self.organization_id, sequence)
        self._find(Finding(kind="digest_broken", digest_id=name, detail=detail))

    def is_no_digest(self, name: str) -> None:
        """Something is among the digests that is none."""
        named, detail = f"{self.organization_id}/{name}", "What is there is no digest."
        self._find(Finding(kind="digest_broken", digest_id=named, detail=detail))

    def _find(self, finding: Finding) -> None:
        self.problem_count += 1
        if len(self.problems) < LISTED:
            self.problems.append(finding)
