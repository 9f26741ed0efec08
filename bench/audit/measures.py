"""One thing done to a large trail in a process of its own, and what it took: time and memory.

`python -m bench.audit.measures <which> <organisation>`; each new one has a line in `MEASURES`.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from django.test import RequestFactory
from rest_framework.test import force_authenticate

from audit import services
from audit.views import AuditExportView
from prework import clock
from prework.http.middleware import ORIGIN
from prework.tenancy import Actor, Origin

PERMISSIONS = frozenset({"audit.view", "audit.export"})


def exported(organization_id: str, form: str) -> dict[str, Any]:
    """The whole trail as a file, sent to nowhere."""
    actor = Actor(organization_id=organization_id, user_id="bench", permissions=PERMISSIONS)
    request = RequestFactory().get(f"/api/audit/export?format={form}")
    request.META[ORIGIN] = Origin(request_id="bench")
    force_authenticate(request, user=actor)  # type: ignore[arg-type]  # ours is no Django user
    digest, size, lines = hashlib.sha256(), 0, 0
    answer: Any = AuditExportView.as_view()(request)
    for part in answer.streaming_content:
        digest.update(part)
        size += len(part)
        lines += part.count(b"\n")
    return {"lines": lines, "bytes": size, "sha256": digest.hexdigest()}


def verified(organization_id: str) -> dict[str, Any]:
    """The whole trail against its seals."""
    actor = Actor(organization_id=organization_id, user_id="bench", permissions=PERMISSIONS)
    found = services.verify_trail(actor=actor, now=clock.now())
    return {
        "entries": found.entries_checked,
        "seals": found.digests_checked,
        "unsealed": found.unsealed,
        "problems": found.problem_count,
    }


MEASURES: dict[str, Callable[[str], dict[str, Any]]] = {
    "export as JSON lines": lambda organization_id: exported(organization_id, "jsonl"),
    "export as CSV": lambda organization_id: exported(organization_id, "csv"),
}
VERIFIED: dict[str, Callable[[str], dict[str, Any]]] = {"verify": verified}  # of what is sealed
ALL = MEASURES | VERIFIED


def main() -> None:
    """Do one, and print its figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.audit.measures", description=__doc__)
    parser.add_argument("which", choices=ALL)
    parser.add_argument("organization_id")
    options = parser.parse_args()
    django.setup()
    ALL[options.which]("nobody-at-all")  # what is imported and connected once is not counted
    before, begun = _resident_kb(), time.perf_counter()
    found = ALL[options.which](options.organization_id)
    found["seconds"] = round(time.perf_counter() - begun, 1)
    found["before_mb"], found["peak_mb"] = before // 1024, _resident_kb("VmHWM") // 1024
    sys.stdout.write(json.dumps(found) + "\n")


def _resident_kb(which: str = "VmRSS") -> int:
    """Memory of this process, in KB: now, or at its most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which))


if __name__ == "__main__":
    main()
