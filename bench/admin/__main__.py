"""`python -m bench.admin`: make a large organisation, open the admin's pages, print their cost."""

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from accounts import services
from bench.admin.crowd import Crowd, gather
from bench.admin.reads import watched
from prework.localaws import LocalAws
from prework.staffsite import COOKIE
from prework.tenancy import Origin, system_actor

PASSWORD = "a long bench password 2026"  # noqa: S105  of people who are gone when the bench is
ORIGIN = Origin(request_id="bench", ip="192.0.2.1", user_agent="bench")
NEXT = re.compile(r'<a href="([^"]+)" rel="next"')
HEADINGS = ("page", "reads", "read units", "writes", "ms p50", "of it DynamoDB")
USERS, TRAIL = "/admin/accounts/user/", "/admin/audit/entry/"
# `{o}` is the organisation, `{u}` one of its people, `{d}` a day on which something happened.
PAGES = {
    "overview": "/admin/",
    "organisations": "/admin/accounts/organization/",
    "an organisation": "/admin/accounts/organization/{o}/change/",
    "users": USERS + "?org={o}",
    "users, next page": USERS + "?org={o}",
    "users, by the beginning of a name": USERS + "?org={o}&q=worker+0001",
    "users, viewers (1 in 10)": USERS + "?org={o}&role=viewer",
    "users, suspended (none)": USERS + "?org={o}&state=suspended",
    "a user": USERS + "{o}.{u}/change/",
    "a user's history": USERS + "{o}.{u}/history/",
    "audit trail": TRAIL + "?org={o}",
    "audit trail, a day": TRAIL + "?org={o}&on={d}",
    "audit trail, a day, next page": TRAIL + "?org={o}&on={d}",
    "audit trail, by user": TRAIL + "?org={o}&user={u}",
    "audit trail, by thing": TRAIL + "?org={o}&entity_type=user&entity_id={u}",
    "audit trail, by action": TRAIL + "?org={o}&action=USER_SUSPENDED",
    "audit trail, by request": TRAIL + "?org={o}&q=request-3",
    "audit trail, by user and action (none)": TRAIL + "?org={o}&user={u}&action=NOTHING",
    "audit trail, by kind of thing (none)": TRAIL + "?org={o}&entity_type=nothing",
    "palette, an address": "/admin/find/?q=worker-1-{o}@example.com",
}
EXPORTS = {
    "users, CSV": USERS + "export/?org={o}&format=csv",
    "audit trail, JSON lines": TRAIL + "export/?org={o}&format=jsonl",
}


def main() -> None:
    """Make it, open it, say what it cost."""
    parser = argparse.ArgumentParser(prog="python -m bench.admin", description=__doc__)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=50_000, help="of the audit trail")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is opened")
    options = parser.parse_args()
    with LocalAws(memory=True) as aws:
        settings.AWS_ENDPOINT_URL = aws.endpoint_url
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        django.setup()
        call_command("aws_bootstrap", verbosity=0)
        client = _staff()
        organization_id = _found("Large").organization_id
        crowd = gather(organization_id, users=options.users, entries=options.entries)
        rows = [_cost(client, name, crowd, options.rounds) for name in PAGES]
        rows += [_cost_of_all(client, name, crowd) for name in EXPORTS]
    for cells in (HEADINGS, ["---"] * len(HEADINGS), *rows):
        sys.stdout.write(f"| {' | '.join(cells)} |\n")


def _found(name: str) -> Any:
    email = f"{name.lower()}@example.com"
    return services.register_organization(
        origin=ORIGIN, organization_name=name, name=name, email=email, password=PASSWORD
    ).user


def _staff() -> Client:
    """A browser of a superuser's."""
    user = _found("Platform")
    system = system_actor(user.organization_id, origin=ORIGIN).holding({"staff.manage"})
    services.appoint_staff(actor=system, user_id=user.user_id, role="superuser")
    signed_in = services.sign_in_staff(origin=ORIGIN, email=user.email, password=PASSWORD)
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[COOKIE] = signed_in.token
    return client


def _cost(client: Client, name: str, crowd: Crowd, rounds: int) -> list[str]:
    """A page's figures; the calls are those of the last time it was opened."""
    path = _address(PAGES[name], crowd)
    if "next page" in name:
        path = _next(client, path)
    times, waits = [], []
    for _ in range(rounds):
        with watched() as seen:
            begun = time.perf_counter()
            answer: Any = client.get(path)
            times.append(time.perf_counter() - begun)
        if answer.status_code not in (200, 302):
            raise RuntimeError(f"{path} answered {answer.status_code}")
        waits.append(seen.seconds)
    middle = statistics.median(times), statistics.median(waits)
    return [name, str(seen.reads), f"{seen.units:g}", str(seen.writes), *map(_ms, middle)]


def _cost_of_all(client: Client, name: str, crowd: Crowd) -> list[str]:
    """An export's figures, and the most of it that was held at a time."""
    with watched() as seen:
        begun = time.perf_counter()
        answer: Any = client.get(_address(EXPORTS[name], crowd))
        largest, size = _drained(answer.streaming_content)
        seconds = time.perf_counter() - begun
    what = f"{name}: {size / 1024:,.0f} KB, {largest / 1024:,.0f} KB at a time"
    times = _ms(seconds), _ms(seen.seconds)
    return [what, f"{seen.reads:,}", f"{seen.units:,g}", str(seen.writes), *times]


def _drained(parts: Iterator[bytes]) -> tuple[int, int]:
    sizes = [len(part) for part in parts]
    return max(sizes), sum(sizes)


def _address(path: str, crowd: Crowd) -> str:
    return path.format(o=crowd.organization_id, u=crowd.user_ids[3], d=crowd.days[1])


def _next(client: Client, path: str) -> str:
    answer: Any = client.get(path)
    found = NEXT.search(answer.content.decode())
    if found is None:
        raise RuntimeError(f"{path} has no next page")
    return path.partition("?")[0] + found[1].replace("&amp;", "&")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f}"


if __name__ == "__main__":
    main()
