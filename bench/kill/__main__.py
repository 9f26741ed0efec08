"""`python -m bench.kill`: break everything in turn, and print what came of it."""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.kill.cluster import Cluster, Store, bootstrap
from bench.kill.people import Crew, hire
from bench.kill.report import Row, as_json, is_whole, table
from bench.kill.scenarios import fail_store, kill_servers, restart_redis
from bench.kill.slow_readers import stop_reading
from bench.kill.stage import Load, Stage
from prework.localaws import LocalAws

PEOPLE = 10
MANY = Load(clients=200, documents=1, slow=20)


@dataclass(frozen=True)
class Plan:
    """A scenario, how often it plays, and for whom."""

    play: str
    rounds: int
    load: Load


PLANS = {
    "servers": Plan("servers", 20, Load()),
    "redis": Plan("redis", 5, Load()),
    "store": Plan("store", 5, Load()),
    "readers": Plan("readers", 1, MANY),
}
PLAYS = {
    "servers": kill_servers,
    "redis": restart_redis,
    "store": fail_store,
    "readers": stop_reading,
}


def main() -> int:
    """Play what was asked for; return the exit code."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # no server is left behind
    names = list(PLANS) if options.scenario == "all" else [options.scenario]
    with tempfile.TemporaryDirectory(prefix="kill-") as scratch, LocalAws(memory=True) as store:
        logs = options.logs or Path(scratch)
        logs.mkdir(parents=True, exist_ok=True)
        bootstrap(store)
        rows = asyncio.run(_play(store, logs, names, options))
    sys.stdout.write("\n" + table(rows))
    if options.json is not None:
        options.json.write_bytes(as_json(rows, seed=options.seed))
    return 0 if is_whole(rows) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--scenario", choices=[*PLANS, "all"], default="all")
    parser.add_argument("--rounds", type=int, help="how often; by default 20, 5, 5 and 1")
    parser.add_argument("--seed", type=int, default=1, help="of what is chosen by chance")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to put the report, too")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="where to keep servers' logs")
    return parser.parse_args()


async def _play(
    store: Store, logs: Path, names: list[str], options: argparse.Namespace
) -> list[Row]:
    rows: list[Row] = []
    async with _running(store, logs) as (cluster, crew):
        for name in names:
            plan = PLANS[name]
            stage = Stage(cluster, crew, plan.load, Random(options.seed))
            await stage.open()
            try:
                async for row in PLAYS[name](stage, options.rounds or plan.rounds):
                    rows.append(row)
                    _say(row)
            finally:
                await stage.close()
    return rows


@asynccontextmanager
async def _running(store: Store, logs: Path) -> AsyncIterator[tuple[Cluster, Crew]]:
    cluster = Cluster(store, logs)
    try:
        await cluster.start()
        yield cluster, await hire(cluster.servers[0].url, PEOPLE)
    finally:
        await cluster.stop()


def _say(row: Row) -> None:
    said = ", ".join(f"{name} {text}" for name, text in row.cells().items() if text)
    sys.stdout.write(said + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
