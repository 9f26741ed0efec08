"""Tickets: a way into one WebSocket, for browsers that cannot set its headers."""

from datetime import timedelta

from accounts import queries
from accounts.models import TICKET, Ticket, is_live, ticket_key
from prework import clock, ids, ledger, tokens
from prework.dynamo import fetch
from prework.errors import NotAuthenticated
from prework.tenancy import Actor, Origin

VALID_SECONDS = 60


def issue_ticket(*, actor: Actor) -> str:
    """Get a ticket that opens one WebSocket within a minute, while the sign-in lasts."""
    ticket_id = ids.new_id()
    token = tokens.issue(tokens.TICKET, actor.organization_id, ticket_id)
    ticket = Ticket(
        ticket_key(actor.organization_id, ticket_id),
        TICKET,
        token_hash=tokens.digest(token),
        user_id=actor.user_id,
        session_id=actor.session_id,
        expires_at=clock.to_epoch(clock.now() + timedelta(seconds=VALID_SECONDS)),
    )
    ledger.put(ticket)
    return token


def redeem_ticket(ticket: str, origin: Origin) -> Actor:
    """Who a ticket stands for; it is void from then on. Raises `NotAuthenticated`."""
    organization_id, ticket_id = tokens.parts_of(ticket, tokens.TICKET, count=2)
    is_right = (Ticket.token_hash == tokens.digest(ticket)) & is_live(Ticket)
    taken = ledger.take(Ticket, ticket_key(organization_id, ticket_id), TICKET, is_right)
    if taken is None:
        raise NotAuthenticated
    ref = queries.SessionRef(organization_id, taken.user_id, taken.session_id)
    actor = queries.actor_of(*fetch(*ref.wanted), origin=origin)
    if actor is None:
        raise NotAuthenticated
    return actor
