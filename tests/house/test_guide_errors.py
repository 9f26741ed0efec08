"""Where the guide is wrong, a regression test says so by the number of the error."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NAMED = re.compile(r"(?:\bG|_g)(\d+)(?=\b|_)")
# What each is about, so that a missing test says what to write.
ERRORS = {
    2: "an index on e-mail is neither unique nor consistent",
    14: "a batch write is not atomic, and overwrites silently",
    18: "filtering members by an attribute they do not have finds no team",
    22: "`status` is a reserved word in a projection",
    30: "an audit entry written apart may not be written",
    42: "confirm-upload believes whatever the client says",
    56: "wall-clock sort keys are no order",
    57: "a version read, then written without a condition, is given twice",
    58: "the checklist's state is nowhere once its operations expire",
    64: "ids as metric dimensions make a billed metric each",
}


@pytest.fixture(scope="module")
def named() -> set[int]:
    files = [file for file in TESTS.rglob("test_*.py") if file != Path(__file__)]
    return {int(number) for file in files for number in NAMED.findall(file.read_text())}


@pytest.mark.parametrize("number", ERRORS, ids=lambda number: f"G{number}: {ERRORS[number]}")
def test_a_regression_test_names_it(number: int, named: set[int]) -> None:
    assert number in named
