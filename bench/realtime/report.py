"""The table at the end."""

from collections.abc import Sequence

from bench.realtime.measures import Result, percentile

HEADINGS = (
    "scenario", "clients", "acks/s", "deliveries/s", "CPU s/1k", "deliver p50", "p99 ms",
    "ack p50", "p99 ms", "ops/frame", "WCU/op", "server cpu", "store cpu", "wrong",
)  # fmt: skip


def row(result: Result) -> list[str]:
    """One scenario's figures, as text."""
    return [
        result.scenario,
        str(result.clients),
        f"{result.acks_per_second:,.0f}",
        f"{result.deliveries_per_second:,.0f}",
        f"{result.cpu_per_thousand:.5f}",
        *_times(result.latencies),
        *_times(result.ack_latencies),
        f"{result.deliveries / result.frames:.1f}" if result.frames else "",
        "" if result.units is None else f"{result.units:.2f}",
        f"{result.server_cpu / result.seconds:.2f}",
        f"{result.store_cpu / result.seconds:.2f}",
        "; ".join(filter(None, [result.wrong, result.notes])) or "nothing",
    ]


def table(results: Sequence[Result]) -> str:
    """All of it, as a Markdown table."""
    rows = [list(HEADINGS), ["---"] * len(HEADINGS), *(row(result) for result in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def beside(peer: Result, results: Sequence[Result]) -> Result:
    """A peer's figures, with what ours are of them."""
    ours = next(one for one in results if one.scenario == peer.scenario)
    acks = ours.acks_per_second / max(peer.acks_per_second, 1)
    deliveries = ours.deliveries_per_second / max(peer.deliveries_per_second, 1)
    peer.notes = f"ours: {acks:.1f} times the acks, {deliveries:.1f} times the deliveries"
    peer.scenario = f"Channels tutorial: {peer.scenario}"
    return peer


def _times(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return "", ""
    return f"{percentile(values, 0.5):.1f}", f"{percentile(values, 0.99):.1f}"
