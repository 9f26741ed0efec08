"""The kill tests in their short form: servers die, Redis restarts, the store fails, under load."""

from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio

from bench.kill.cluster import Cluster
from bench.kill.people import hire
from bench.kill.report import Row, is_whole, table
from bench.kill.scenarios import ALL_IN_TURN, fail_store, kill_servers, restart_redis
from bench.kill.slow_readers import stop_reading
from bench.kill.stage import Load, Stage
from prework.localaws import LocalAws

# Without Redis processes converge by the store; CI installs it.
from tests.redis import HAS_REDIS

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHORT = Load(clients=4, documents=1, seconds=0.3, patience_seconds=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(
    engine: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cluster]:
    cluster = Cluster(engine, tmp_path_factory.mktemp("logs"), has_redis=HAS_REDIS)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop()


async def test_whatever_dies_what_was_acknowledged_stays(cluster: Cluster) -> None:
    crew = await hire(cluster.servers[0].url, 2)
    stage = Stage(cluster, crew, SHORT, Random(1))
    await stage.open()
    try:
        rows = [row async for row in kill_servers(stage, 1)]
        if HAS_REDIS:
            rows += [row async for row in restart_redis(stage, 1)]
        rows += [row async for row in fail_store(stage, 1, seconds=1.5, outages=[ALL_IN_TURN])]
    finally:
        await stage.close()

    assert is_whole(rows), table(rows)
    assert rows[-1].acked > 0
    # Whether anything was under way just then is chance on a busy machine; that they came back,
    # and for what they had missed, is not.
    assert sum(row.counts["by operations"] for row in rows) > 0


async def test_those_who_never_read_come_back_and_have_it_all(cluster: Cluster) -> None:
    crew = await hire(cluster.servers[0].url, 2)
    stage = Stage(cluster, crew, Load(clients=8, documents=1, slow=2), Random(1))
    await stage.open()
    try:
        rows: list[Row] = [row async for row in stop_reading(stage, 1)]
    finally:
        await stage.close()

    assert is_whole(rows), table(rows)
    assert rows[0].counts["closed 4408"] == 2
