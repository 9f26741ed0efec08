"""What is broken, again and again, while people work."""

import time
from collections.abc import AsyncIterator, Sequence

from bench.kill.across import told_again
from bench.kill.outage import Manner
from bench.kill.report import Row
from bench.kill.stage import Stage

DOWN_SECONDS = 1.0  # of Redis, between its end and its start
Outage = tuple[Manner, ...]
ALL_IN_TURN: Outage = (Manner.REFUSE, Manner.STALL, Manner.CUT, Manner.LATE)
OUTAGES: Sequence[Outage] = (*((manner,) for manner in ALL_IN_TURN), ALL_IN_TURN)

Scenario = AsyncIterator[Row]


async def kill_servers(stage: Stage, rounds: int) -> Scenario:
    """SIGKILL one of the servers, at any moment; it comes back while the others go on."""
    for number in range(1, rounds + 1):
        await stage.work(stage.load.seconds * stage.random.uniform(0.5, 1.5))
        victim = stage.random.choice(stage.cluster.servers)
        on_it = sum(client.at is victim for client in stage.clients)
        await victim.kill()
        back = await stage.until_all_in()
        await stage.work()
        await victim.start()
        await stage.spread()
        await stage.work()
        row = await stage.check(f"server killed {number}", back, whole=number == rounds)
        row.more["on it"] = on_it
        yield row


async def restart_redis(stage: Stage, rounds: int) -> Scenario:
    """SIGKILL Redis, which keeps nothing, and start it again; meanwhile there is the store."""
    redis = stage.cluster.redis
    if redis is None:
        raise ValueError("This cluster has no Redis.")
    for number in range(1, rounds + 1):
        await stage.work()
        await redis.kill()
        await stage.work(DOWN_SECONDS)
        back = await stage.until_all_in()
        await redis.start()
        started = time.monotonic()
        await stage.work()
        row = await stage.check(f"Redis restarted {number}", back, whole=number == rounds)
        await told_again(stage, row)
        row.more["told by Redis again after s"] = round(time.monotonic() - started, 1)
        yield row


async def fail_store(
    stage: Stage, rounds: int, *, seconds: float = 10.0, outages: Sequence[Outage] = OUTAGES
) -> Scenario:
    """The store fails in one manner after the other, and then in all of them in one outage."""
    for number in range(rounds):
        outage = outages[number % len(outages)]
        await stage.work()
        for manner in outage:
            stage.cluster.gate.shut(manner)
            await stage.work(seconds / len(outage))
        stage.cluster.gate.open()
        back = await stage.until_all_in()
        await stage.work()
        name = f"store for {seconds:g} s: {', '.join(outage)}"
        yield await stage.check(name, back, whole=number == rounds - 1)
