"""No decision reads an index: indexes lag, so `access_`, `find_` and `load_` never ask one.

The other half runs with the whole suite: `tests/watch.py` fails a request that writes and
has read an index.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUERIES = sorted(
    p
    for app in ("accounts", "notices", "teams", "media", "collab")
    for p in ROOT.glob(f"{app}/queries*")
)
FILES = [f for p in QUERIES for f in ([p] if p.suffix == ".py" else sorted(p.glob("*.py")))]
DECIDING = ("access_", "find_", "load_", "check_")


def functions(file: Path) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(file.read_text())
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def called(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}


def reads_an_index(function: ast.FunctionDef) -> bool:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any(keyword.arg == "index" for call in calls for keyword in call.keywords)


def closure(name: str, known: dict[str, ast.FunctionDef]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in known and current not in seen:
            seen.add(current)
            waiting.extend(called(known[current]))
    return seen


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_deciding_query_reads_no_index(file: Path) -> None:
    known = functions(file)
    deciding = [name for name in known if name.startswith(DECIDING)]
    culprits = {
        name
        for name in deciding
        if any(reads_an_index(known[inner]) for inner in closure(name, known))
    }
    assert culprits == set()
