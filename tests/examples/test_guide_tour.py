"""The tour of the guide's flows, played as a newcomer would: two commands."""

import os
import subprocess
import sys
from pathlib import Path

from tests.prework.test_run import CHECKOUT, port, running

__all__ = ["port"]  # the fixture


def tour(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "examples/guide_tour.py"],
        cwd=CHECKOUT,
        env={**os.environ, "PREWORK_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_all_flows_are_as_the_guide_has_them_twice_over(tmp_path: Path, port: int) -> None:
    with running(tmp_path, port) as run:
        first, second = tour(run.url), tour(run.url)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "✗" not in first.stdout
    assert first.stdout.rstrip().endswith("All as the guide has it.")


def test_without_a_server_it_says_how_to_start_one(port: int) -> None:
    seen = tour(f"http://127.0.0.1:{port}")
    assert seen.returncode != 0
    assert "make run" in seen.stderr
