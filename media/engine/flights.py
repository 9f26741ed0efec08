"""What several ask for at once is done once, and all of them have it."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future


class Flights:
    """The work that is under way in this process, by what it is for."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Future[bytes]] = {}
        self._turn = threading.Lock()

    def once(self, name: Hashable, work: Callable[[], bytes]) -> bytes:
        """What the work gives, or raises; done by the first who asks while it is under way."""
        mine: Future[bytes] = Future()
        with self._turn:
            flight = self._under_way.setdefault(name, mine)
        if flight is mine:
            self._do(name, work, mine)
        return flight.result()

    def _do(self, name: Hashable, work: Callable[[], bytes], mine: Future[bytes]) -> None:
        try:
            mine.set_result(work())
        except BaseException as error:  # whatever it was, it is raised by everybody who waits
            mine.set_exception(error)
        finally:
            with self._turn:
                del self._under_way[name]
