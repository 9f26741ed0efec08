"""`python -m bench.audit`: a small and a large trail, what pages of them cost, and exports."""

import argparse
import json
import os
import subprocess
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from audit import services
from audit.queries import Filters, list_entries
from audit.services.windows import closed_until
from bench.admin.crowd import PER_REQUEST, Crowd, gather
from bench.admin.reads import watched
from bench.audit.measures import MEASURES, PERMISSIONS, VERIFIED
from prework import clock
from prework.ids import new_id
from prework.jobs import Turn
from prework.localaws import LocalAws
from prework.tenancy import Actor, system_actor

LIMIT = 50
HEADINGS = ("page of 50", "entries", "calls", "read units", "seconds")


def main() -> None:
    """Make both, and print what it costs to read them."""
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000, 200_000])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--per-day", type=int, default=1_000)
    parser.add_argument("--seal", action="store_true", help="seal them, and verify them too")
    options = parser.parse_args()
    with LocalAws(memory=True) as aws:
        settings.AWS_ENDPOINT_URL = os.environ["PREWORK_AWS_ENDPOINT_URL"] = aws.endpoint_url
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        django.setup()
        call_command("aws_bootstrap", verbosity=0)
        crowds = {count: _made(count, options) for count in options.entries}
        _print(HEADINGS, ["---"] * len(HEADINGS))
        for name in _pages(next(iter(crowds.values()))):
            for count, crowd in crowds.items():
                _print(_page(name, count, crowd))
        _print([], ("whole trail", "entries", "figures"), ["---"] * 3)
        for which in MEASURES | (VERIFIED if options.seal else {}):
            for count, crowd in crowds.items():
                _print((which, f"{count:,}", _measured(which, crowd)))


def _made(count: int, options: argparse.Namespace) -> Crowd:
    crowd = gather(
        new_id(),
        users=options.users,
        entries=count,
        per_day=options.per_day,
        active=options.users,
    )
    if options.seal:
        actor = system_actor(crowd.organization_id)
        services.seal_organization(actor=actor, until=closed_until(clock.now()), turn=Turn())
    return crowd


def _pages(crowd: Crowd) -> dict[str, dict[str, Any]]:
    """What is asked for, each by the name that the table has for it."""
    user_id = crowd.user_ids[3]
    midday = clock.from_text(f"{crowd.days[0]}T12:00:00.000Z")
    return {
        "everything": {},
        "until a time": {"until": midday},
        "a user": {"user_id": user_id},
        "a thing": {"entity_type": "user", "entity_id": user_id},
        "an action": {"action": "USER_SUSPENDED"},
        f"a request (of {PER_REQUEST})": {"request_id": "request-3"},
        "a user and an action": {"user_id": user_id, "action": "USER_UPDATED"},
    }


def _page(name: str, count: int, crowd: Crowd) -> tuple[str, ...]:
    actor = Actor(organization_id=crowd.organization_id, user_id="bench", permissions=PERMISSIONS)
    with watched() as seen:
        list_entries(actor, filters=Filters(**_pages(crowd)[name]), limit=LIMIT, start=None)
    return name, f"{count:,}", str(seen.reads), f"{seen.units:g}", f"{seen.seconds:.2f}"


def _measured(which: str, crowd: Crowd) -> str:
    command = [sys.executable, "-m", "bench.audit.measures", which, crowd.organization_id]
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        command, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    return ", ".join(f"{name} {value}" for name, value in found.items())


def _print(*rows: Any) -> None:
    for row in rows:
        sys.stdout.write(f"| {' | '.join(row)} |\n" if row else "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
