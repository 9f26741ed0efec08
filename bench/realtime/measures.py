"""What a window of a run amounts to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bench.realtime.clients import Client, Writer
from bench.realtime.site import Server, cpu_seconds


@dataclass
class Result:
    """A scenario's figures, and what proves that nothing was lost."""

    scenario: str
    clients: int
    seconds: float
    deliveries: int
    acks: int
    frames: int
    server_cpu: float
    store_cpu: float
    latencies: Sequence[float]
    ack_latencies: Sequence[float]
    units: float | None = None
    wrong: str = ""
    notes: str = ""

    @property
    def deliveries_per_second(self) -> float:
        """Operations that reached somebody other than their writer."""
        return self.deliveries / self.seconds

    @property
    def acks_per_second(self) -> float:
        """Operations acknowledged, and so stored."""
        return self.acks / self.seconds

    @property
    def cpu_per_thousand(self) -> float:
        """Seconds of the servers' processor time for 1,000 deliveries, commits and all."""
        return 1000 * self.server_cpu / self.deliveries if self.deliveries else 0.0


class Window:
    """Counts between two moments."""

    def __init__(
        self, clients: Sequence[Client], servers: Sequence[Server], store: int | None
    ) -> None:
        self._clients = clients
        self._servers = servers
        self._store = store
        self._writers = [one for one in clients if isinstance(one, Writer)]
        self._before = self._counts()
        self._at = asyncio.get_running_loop().time()
        for writer in self._writers:
            writer.ack_latencies.clear()
        for client in clients:
            if client.latencies is not None:
                client.latencies.clear()

    def result(self, scenario: str) -> Result:
        """What happened since."""
        seconds = asyncio.get_running_loop().time() - self._at
        now = self._counts()
        deliveries, acks, frames, server_cpu, store_cpu = (
            after - before for after, before in zip(now, self._before, strict=True)
        )
        return Result(
            scenario,
            len(self._clients),
            seconds,
            int(deliveries),
            int(acks),
            int(frames),
            server_cpu,
            store_cpu,
            [one for client in self._clients for one in client.latencies or ()],
            [one for writer in self._writers for one in writer.ack_latencies],
        )

    def _counts(self) -> tuple[float, ...]:
        return (
            sum(client.delivered for client in self._clients),
            sum(writer.acks for writer in self._writers),
            sum(client.frames for client in self._clients),
            sum(server.cpu_seconds for server in self._servers),
            cpu_seconds(self._store) if self._store else 0.0,
        )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
