"""Invitations to test on: sent through the API, and opened out of the mail."""

import re
from typing import Any

from prework.ids import new_id
from tests.cast import PASSWORD, Answer, Api, Person
from tests.outbox.looking import eventually, mails_to
from tests.teams.making import Body, url

LINK = re.compile(r"/accept-invite#token=(\S+)")
ACCEPT = "/api/invites/accept"
NEWCOMER = {"name": "Nora", "password": PASSWORD}


def somebody() -> str:
    """An address of nobody yet."""
    return f"nora-{new_id()}@example.com"


def invite(by: Person, team: Body, email: str, **body: Any) -> Body:
    """An invitation, as its creation answers."""
    answer = by.api.post(url(team, "invites"), {"email": email, **body})
    assert answer.status_code == 201, answer.content
    made: Body = answer.json()
    return made


def token_for(email: str, count: int = 1) -> str:
    """The token in the newest of so many mails to an address."""
    mails = eventually(lambda: mails_to(email), lambda found: len(found) >= count)
    found = LINK.search(mails[-1].body)
    assert found is not None
    return found[1]


def accept(token: Any, **body: Any) -> Answer:
    """Use an invitation, without being signed in."""
    return Api().post(ACCEPT, {"token": token, **body})


def invited(by: Person, team: Body, email: str, **body: Any) -> str:
    """Invite an address; the token that it is mailed."""
    invite(by, team, email, **body)
    return token_for(email)
