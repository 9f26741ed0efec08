"""`python -m bench.realtime`: start servers and a store, load them, print what they did."""

import argparse
import gc
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from bench.realtime import report
from bench.realtime.hindrances import compare, large_document, many_documents, stalled_readers
from bench.realtime.measures import Result
from bench.realtime.scenarios import IN_FLIGHT, paced, room, saturated
from bench.realtime.site import PEER, Site, site

Scenario = Callable[[Site, float], Coroutine[Any, Any, list[Result]]]
ROOM_SIZES = (10, 50, 200)


async def fan_out(site: Site, seconds: float) -> list[Result]:
    """One room: five writers, and everybody is told."""
    results = []
    for size in ROOM_SIZES:
        async with room(site, 5, size - 5) as (writers, readers):
            name = f"room of {size}, 20 operations/s"
            results.append(await paced(site, name, writers, readers, 20, seconds))
            name = f"room of {size}, flat out"
            one = [(writers, readers)]
            results.append(await saturated(site, name, one, IN_FLIGHT, seconds))
    return results


async def many_rooms(site: Site, seconds: float) -> list[Result]:
    """A hundred rooms of four, in each of which all write."""
    async with AsyncExitStack() as stack:
        rooms = [await stack.enter_async_context(room(site, 4, 0)) for _ in range(100)]
        return [await saturated(site, "100 rooms of 4, flat out", rooms, 1, seconds)]


async def hot_document(site: Site, seconds: float) -> list[Result]:
    """Twenty writers on one document."""
    results = []
    for in_flight in (1, 8):
        async with room(site, 20, 0) as (writers, readers):
            name = f"hot document, 20 writers, {in_flight} in flight"
            one = [(writers, readers)]
            results.append(await saturated(site, name, one, in_flight, seconds))
    return results


async def stalled(site: Site, seconds: float) -> list[Result]:
    """One of 50, and 20 of 200, stop reading."""
    one = await stalled_readers(site, 50, 1, seconds)
    twenty = await stalled_readers(site, 200, 20, seconds)
    return compared(one) + compared(twenty)


async def scale(site: Site, seconds: float) -> list[Result]:
    """More documents, and a larger one."""
    documents = await many_documents(site, 1_000, seconds)
    return compared(documents) + compared(await large_document(site, seconds))


def compared(results: list[Result]) -> list[Result]:
    """Two results, the second with what it is of the first."""
    notes = [results[1].notes, compare(results)]
    results[1].notes = "; ".join(filter(None, notes))
    return results


SCENARIOS: dict[str, Scenario] = {
    "fan-out": fan_out,
    "rooms": many_rooms,
    "hot": hot_document,
    "stalled": stalled,
    "scale": scale,
}


def main() -> int:
    """Run what was asked for; 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m bench.realtime", description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[*SCENARIOS, []], help="default: all")
    parser.add_argument("--servers", type=int, default=1)
    parser.add_argument("--redis", action="store_true", help="a Redis between the servers")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a measurement")
    parser.add_argument("--peer", action="store_true", help="the Channels tutorial, too")
    options = parser.parse_args()
    gc.disable()  # all that clients were told is kept to the end
    names = options.scenario or list(SCENARIOS)
    with site(options.servers, with_redis=options.redis) as made:
        results = _run(made, names, options.seconds)
    is_wrong = any(result.wrong for result in results)
    if options.peer:
        with site(1, program=PEER) as made:
            peers = _run(
                made, [name for name in names if name in ("fan-out", "hot")], options.seconds
            )
        results += [report.beside(peer, results) for peer in peers]
    sys.stdout.write(report.table(results) + "\n")
    return is_wrong


def _run(made: Site, names: list[str], seconds: float) -> list[Result]:
    return [one for name in names for one in uvloop.run(SCENARIOS[name](made, seconds))]


if __name__ == "__main__":
    sys.exit(main())
