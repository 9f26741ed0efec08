"""Two servers, their Redis, and the store behind a gate: all that can be broken, in one hand."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from bench.kill.outage import Gate
from bench.kill.processes import CHECKOUT, NotStarted, Redis, Server


class Store(Protocol):
    """Embedded AWS, or what stands for it."""

    endpoint_url: str
    access_key: str
    secret_key: str


class Cluster:
    """It starts whole; what is killed is for the caller to start again."""

    def __init__(self, store: Store, logs: Path, *, has_redis: bool = True) -> None:
        self._store = store
        self._logs = logs
        self.gate = Gate(store.endpoint_url)
        self.redis = Redis(logs / "redis.log") if has_redis else None
        self.servers: list[Server] = []

    async def start(self, count: int = 2) -> None:
        """Start Redis, then the servers."""
        environment = self._environment(await self.gate.start())
        if self.redis is not None:
            await self.redis.start()
            environment["PREWORK_REDIS_URL"] = self.redis.url
        self.servers = [
            Server(self._logs / f"server-{number}.log", environment) for number in range(count)
        ]
        await asyncio.gather(*(server.start() for server in self.servers))

    async def stop(self) -> None:
        """End everything."""
        redis = [self.redis] if self.redis is not None else []
        await asyncio.gather(*(process.kill() for process in [*self.servers, *redis]))
        await self.gate.stop()

    @property
    def up(self) -> list[Server]:
        """The servers that a load balancer would send somebody to."""
        return [server for server in self.servers if server.is_up]

    def _environment(self, store_url: str) -> dict[str, str]:
        return {**credentials(self._store), "PREWORK_AWS_ENDPOINT_URL": store_url}


def credentials(store: Store) -> dict[str, str]:
    """What a program needs to be let into the store. It is no production, and no one else's."""
    return {
        "PREWORK_ENV": "development",
        "PREWORK_AWS": "aws",  # it is somebody else's to start: nothing is made but by us
        "PREWORK_LOG_LEVEL": "WARNING",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": store.access_key,
        "AWS_SECRET_ACCESS_KEY": store.secret_key,
    }


def bootstrap(store: Store) -> None:
    """Make the tables and the bucket."""
    environment = {**credentials(store), "PREWORK_AWS_ENDPOINT_URL": store.endpoint_url}
    made = subprocess.run(
        [sys.executable, "manage.py", "aws_bootstrap"],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    if made.returncode:
        raise NotStarted(made.stderr.decode(errors="replace"))
