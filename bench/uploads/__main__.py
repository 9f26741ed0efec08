"""`python -m bench.uploads`: what an upload in parts costs the server, and how fast it is."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.uploads.clients import MIB, make_file, remove_all, upload_by_boto3, upload_by_parts
from bench.uploads.stage import Stage, stage

LEAST = 0.9  # of boto3's throughput
IDLE_SECONDS = 5.0
Client = Callable[[Stage, Path], None]
CLIENTS: dict[str, Client] = {"parts": upload_by_parts, "boto3": upload_by_boto3}


@dataclass
class Measured:
    """What the uploads of a size took."""

    megabytes: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {one: [] for one in CLIENTS})
    cpu_seconds: list[float] = field(default_factory=list)
    peak_megabytes: list[float] = field(default_factory=list)

    def rate(self, client: str) -> float:
        """MiB a second, in the middle of all rounds."""
        return self.megabytes / median(self.seconds[client])

    @property
    def ratios(self) -> list[float]:
        """Our throughput as a share of boto3's in each round, the least first.

        Both of a round run right after each other: what else the machine does is in both.
        """
        pairs = zip(self.seconds["parts"], self.seconds["boto3"], strict=True)
        return sorted(theirs / ours for ours, theirs in pairs)


def main() -> int:
    """Measure both sizes in turn, and both clients in turn; 1 if with the largest ours is slow."""
    parser = argparse.ArgumentParser(prog="python -m bench.uploads", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1024], help="in MiB")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--folder", type=Path, help="where there is room for some GB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, stage(Path(folder)) as made:
        results = [Measured(size) for size in options.sizes]
        for one in results:
            make_file(Path(folder, str(one.megabytes)), one.megabytes * MIB)
        _run(made, Path(folder, str(options.sizes[0])), "parts", None)  # the first is slow
        for number in range(options.rounds):
            for one in results:
                for client in list(CLIENTS)[:: 1 if number % 2 == 0 else -1]:
                    _run(made, Path(folder, str(one.megabytes)), client, one)
        idle = _idle(made)
    _report(results, idle)
    return median(results[-1].ratios) < LEAST


def _run(made: Stage, path: Path, client: str, into: Measured | None) -> None:
    made.forget_peak()
    cpu, began = made.server.cpu_seconds, time.perf_counter()
    CLIENTS[client](made, path)
    took = time.perf_counter() - began
    if into is not None:
        into.seconds[client].append(took)
        if client == "parts":
            into.cpu_seconds.append(made.server.cpu_seconds - cpu)
            into.peak_megabytes.append(made.peak_megabytes)
    remove_all(made)


def _idle(made: Stage) -> float:
    """Processor seconds a second of a server that nobody asks anything."""
    before = made.server.cpu_seconds
    time.sleep(IDLE_SECONDS)
    return (made.server.cpu_seconds - before) / IDLE_SECONDS


def _report(results: list[Measured], idle: float) -> None:
    rows = [("upload", "server CPU s", "server peak MB", "parts MiB/s", "boto3 MiB/s", "ratio")]
    rows.append(("---",) * 6)
    for one in results:
        rows.append(
            (
                f"{one.megabytes} MiB",
                f"{median(one.cpu_seconds):.2f}",
                f"{max(one.peak_megabytes):.0f}",
                f"{one.rate('parts'):.0f}",
                f"{one.rate('boto3'):.0f}",
                f"{median(one.ratios):.2f} ({one.ratios[0]:.2f} to {one.ratios[-1]:.2f})",
            )
        )
    for row in rows:
        sys.stdout.write(f"| {' | '.join(row)} |\n")
    sys.stdout.write(f"\nAn idle server takes {idle:.3f} CPU seconds a second.\n")


if __name__ == "__main__":
    sys.exit(main())
