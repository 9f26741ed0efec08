"""How much the model check has tried, said at the end of a run."""

from typing import Any

from tests.collab.model.machine import Collaboration


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if Collaboration.steps:
        terminalreporter.write_line(f"model check: {Collaboration.steps} steps")
