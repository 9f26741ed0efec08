"""Any other address: there is nothing, and a browser is to see that."""

from typing import NoReturn

from collab.consumers.connection import Connection
from collab.consumers.handshake import Handshake
from prework.errors import NotFound
from prework.tenancy import Actor


class UnknownConsumer(Connection):
    """A socket to nowhere."""

    async def enter(self, actor: Actor, handshake: Handshake) -> NoReturn:
        """Nobody gets in."""
        raise NotFound
