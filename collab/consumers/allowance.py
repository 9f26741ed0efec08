"""How much a socket may say: so many at once, and so many a second."""

import time


class Allowance:
    """A bucket that fills with time, and from which each message takes."""

    def __init__(self, *, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._left = float(burst)
        self._at = time.monotonic()

    def takes(self, count: int = 1) -> bool:
        """Take for so many messages, if there is enough."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < count:
            return False
        self._left -= count
        return True
