"""Turns between processes that write one document: who loses race after race asks for the next.

One that commits batch after batch leaves others no gap to commit in. Who has lost a few races
writes a token into the state, and no commit of others passes while it is there. It goes with
the commit that it was made for; or, if its owner is gone, with the first one of somebody who
has waited for it. Only waiting is timed, by each process alone: no clocks are compared.
"""

import asyncio

from collab.engine.local_copy import LocalCopy
from collab.models import STATE, State, document_key
from prework.errors import StorageUnavailable
from prework.ids import new_id
from prework.ledger import change
from prework.threads import in_thread

PATIENCE = 2  # at so many races lost in a row, the next turn is asked for
WAITED_SECONDS = 0.25
LOOK_SECONDS = 0.005  # and twice as long after every look


class Turns:
    """Whose turn it is to commit to a document, as far as this process is concerned."""

    def __init__(self, copy: LocalCopy) -> None:
        self._copy = copy
        self.token: str | None = None  # the one that the next commit may pass, and takes away

    def taken(self) -> None:
        """A commit has passed."""
        self.token = None

    async def after_losing(self, races: int) -> None:
        """Catch up; then let another process go first that asked for it, or ask.

        `races` were lost in a row. Raises `NotFound`, `StorageUnavailable`.
        """
        if races < PATIENCE or not await self._ask():
            await self._copy.catch_up()
        if self._copy.turn not in (None, self.token):
            await self._wait(self._copy.turn)

    async def _ask(self) -> bool:
        """Ask for the next turn, and catch up; False if it is another's, or could not be asked."""
        token = self.token or new_id()
        is_free = State.turn.does_not_exist() | (State.turn == token)
        condition = State.archived_at.does_not_exist() & State.version.exists() & is_free
        pk, actions = document_key(self._copy.ref), [State.turn.set(token)]
        try:
            state = await in_thread(
                change, State, pk, STATE, actions, condition, is_repeatable=True
            )
        except StorageUnavailable:  # it may meet one transaction after the other
            return False
        if state is not None:
            self.token = token
            await self._copy.catch_up(state)
        return state is not None

    async def _wait(self, other: str | None) -> None:
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + WAITED_SECONDS, LOOK_SECONDS
        while self._copy.turn == other and loop.time() < end:
            await asyncio.sleep(pause)
            await self._copy.catch_up()
            pause *= 2
        if self._copy.turn == other:  # whose it was is gone
            self.token = other
