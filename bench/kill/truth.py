"""What the store holds, asked of the servers, against what every client was told."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.kill.clients import Client
from bench.kill.processes import Server

LOOK_SECONDS = 0.05
Document = dict[str, Any]


@dataclass
class Verdict:
    """What is wrong; all of it has to be nothing."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # anything else, in words

    def __bool__(self) -> bool:
        """Whether something is wrong."""
        return bool(self.lost or self.doubled or self.wrong)


class History:
    """The log of one document as far as it was read; it may grow, and never change."""

    def __init__(self) -> None:
        self.ids: list[str] = []  # of version n at n - 1

    def take(self, operations: Sequence[Document], since: int) -> list[str]:
        """Take in the operations after a version; returns what is wrong with them."""
        wrong: list[str] = []
        for expected, operation in enumerate(operations, since + 1):
            version, operation_id = operation["version"], operation["operationId"]
            if version != expected:
                return [*wrong, f"the log has {version} where {expected} belongs"]
            if version > len(self.ids):
                self.ids.append(operation_id)
            elif self.ids[version - 1] != operation_id:
                wrong.append(f"version {version} has changed in the log")
        return wrong


class Truth:
    """Asks over HTTP, as a client without a socket would."""

    def __init__(self, token: str, documents: Sequence[str]) -> None:
        self.histories = {entity_id: History() for entity_id in documents}
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(headers=headers, timeout=30, verify=False)  # noqa: S501

    async def read(self, server: Server, entity_id: str) -> Document:
        """A document as this server has it."""
        return await self._get(server, entity_id)

    async def converged(self, clients: Sequence[Client], servers: Sequence[Server]) -> None:
        """Wait until every client knows what became of its operations, and all of the log."""
        while True:
            if all(client.is_settled for client in clients):
                documents = [await self.read(servers[0], name) for name in self.histories]
                newest = {one["entityId"]: one["version"] for one in documents}
                if all(_is_at(client, newest) for client in clients):
                    return
            await asyncio.sleep(LOOK_SECONDS)

    async def judge(
        self, clients: Sequence[Client], servers: Sequence[Server], *, whole: bool = False
    ) -> Verdict:
        """Compare replicas, documents, logs and acks; of the log what is new, or the `whole`."""
        verdict = Verdict()
        for entity_id, history in self.histories.items():
            present = [client for client in clients if client.seat.entity_id == entity_id]
            documents = [await self.read(server, entity_id) for server in servers]
            verdict.wrong += _compare(present, documents)
            since = 0 if whole else len(history.ids)
            verdict.wrong += await self._read_log(servers[-1], entity_id, since)
            if len(history.ids) != documents[0]["version"]:
                verdict.wrong.append(f"the log ends at {len(history.ids)}, not at the document's")
            compare_acks(present, history, verdict)
        return verdict

    async def close(self) -> None:
        """Ask no more."""
        await self._http.aclose()

    async def _read_log(self, server: Server, entity_id: str, since: int) -> list[str]:
        wrong: list[str] = []
        has_more = True
        while has_more:
            page = await self._get(server, f"{entity_id}/operations?since={since}")
            wrong += self.histories[entity_id].take(page["operations"], since)
            since += len(page["operations"])
            has_more = page["hasMore"]
        return wrong

    async def _get(self, server: Server, path: str) -> Document:
        answer = await self._http.get(f"{server.url}/api/documents/checklist/{path}")
        answer.raise_for_status()
        body: Document = answer.json()
        return body


def _is_at(client: Client, newest: dict[str, int]) -> bool:
    return client.is_settled and client.replica.version == newest[client.seat.entity_id]


def _compare(clients: Iterable[Client], documents: Sequence[Document]) -> list[str]:
    first, *others = documents
    wrong = [f"two servers differ on {one['entityId']}" for one in others if one != first]
    expected = (first["version"], first["epoch"], first["content"])
    for client in clients:
        seen = client.replica
        if (seen.version, seen.epoch, seen.content) != expected:
            wrong.append(f"{client.seat.name} differs from the store at version {seen.version}")
    return wrong


def compare_acks(clients: Sequence[Client], history: History, verdict: Verdict) -> None:
    """Hold what clients were told against a document's log, when nobody waits for an answer."""
    times = Counter(history.ids)
    verdict.doubled += [name for name, count in times.items() if count > 1]
    refused: set[str] = set()
    for client in clients:
        tally = client.tally
        verdict.lost += [
            name for name, version in tally.acked.items() if not _has(history, version, name)
        ]
        times.subtract(dict.fromkeys(tally.acked, 1))
        refused.update(tally.refused)
        verdict.wrong += tally.faults
        tally.faults.clear()
    left = [name for name, count in times.items() if count > 0 and name not in verdict.doubled]
    verdict.wrong += [
        f"{name} is in the log, and was {'refused' if name in refused else 'never acknowledged'}"
        for name in left
    ]


def _has(history: History, version: int, operation_id: str) -> bool:
    return 0 < version <= len(history.ids) and history.ids[version - 1] == operation_id
