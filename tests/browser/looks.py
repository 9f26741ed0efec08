"""A look at a page: a picture for a person, and axe for those who do not see it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visits import SIZES

PICTURES = Path(__file__).resolve().parents[2] / ".screenshots"
GRAVE = ("serious", "critical")
SHOWN = 5
AXE = Axe()


def look(page: Page, name: str, *, but_not: Iterable[str] = ()) -> None:
    """Write `.screenshots/<name>-<size>.png`, and fail on what axe calls serious or critical.

    `but_not` names rules of axe that somebody else's page breaks.
    """
    [size] = [
        s.name for s in SIZES if page.viewport_size == {"width": s.width, "height": s.height}
    ]
    # Hiding the caret would leave an attribute at every field.
    page.screenshot(path=PICTURES / f"{name}-{size}.png", full_page=True, caret="initial")
    options = {
        "resultTypes": ["violations"],
        "preload": False,  # it would copy style sheets into the page, against its policy
        "rules": {rule: {"enabled": False} for rule in but_not},
    }
    violations = AXE.run(page, options=options).response["violations"]
    grave = [violation for violation in violations if violation["impact"] in GRAVE]
    assert not grave, f"axe on {page.url}, {size}:\n" + "\n".join(_described(grave))


def _described(violations: list[dict[str, Any]]) -> Iterator[str]:
    for violation in violations:
        yield f"{violation['id']} ({violation['impact']}): {violation['help']}"
        yield f"  {violation['helpUrl']}"
        nodes = violation["nodes"]
        for node in nodes[:SHOWN]:
            yield f"  at {' '.join(map(str, node['target']))}: {node['html'][:200]}"
            yield "    " + node["failureSummary"].replace("\n", "\n    ")
        if len(nodes) > SHOWN:
            yield f"  and {len(nodes) - SHOWN} more"
