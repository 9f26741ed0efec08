"""Plots: well-formed SVG to scale, the same in words, and nothing that a strict CSP refuses."""

import ast
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest

from prework.dynamoadmin import plots
from prework.dynamoadmin.plots import BOTTOM, TOP, WIDTH, figure, plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(points: Sequence[float], title: str = "Uploads", unit: str = "files") -> Element:
    """The figure of these points, at 00:00, 00:05 and so on."""
    labels = [f"{n // 12:02}:{n % 12 * 5:02}" for n in range(len(points))]
    return fromstring(plot(points, title=title, unit=unit, labels=labels))  # noqa: S314  our own


def path(shown: Element, name: str) -> str:
    [found] = [one for one in shown.iter(f"{SVG}path") if one.get("class") == f"plot-{name}"]
    return found.attrib["d"]


def places(d: str) -> list[tuple[float, float]]:
    """The points of a line, `M0 94L600 6`."""
    pairs = [pair.split() for pair in d.removeprefix("M").split("L")]
    return [(float(x), float(y)) for x, y in pairs]


def words(shown: Element) -> str:
    return shown.findtext(f"{SVG}svg/{SVG}desc") or ""


def caption(shown: Element) -> str:
    return " ".join("".join(shown[0].itertext()).split())


def test_the_line_goes_over_the_whole_width_to_scale() -> None:
    shown = drawn([0, 4, 2, 8])
    middle = (TOP + BOTTOM) / 2
    quarter = (middle + BOTTOM) / 2
    assert places(path(shown, "line")) == [(0, BOTTOM), (200, middle), (400, quarter), (600, TOP)]
    assert path(shown, "area") == path(shown, "line") + f"V{BOTTOM}H0Z"
    assert path(shown, "top") == f"M{WIDTH} {TOP}h0"


def test_it_says_in_words_what_it_shows() -> None:
    shown = drawn([1, 2000, 3])
    svg = shown.find(f"{SVG}svg")
    assert svg is not None
    assert (svg.get("role"), svg.get("viewBox")) == ("img", "0 0 600 100")
    assert svg.findtext(f"{SVG}title") == "Uploads"
    assert words(shown) == (
        "Peak 2 k files at 00:05, last 3 files at 00:10, total 2 k files from 00:00 on."
    )
    assert caption(shown) == "Uploads last 3 peak 2 k"


def test_every_figure_is_in_the_table() -> None:
    rows = [["".join(cell.itertext()) for cell in row] for row in drawn([1, 2000]).iter("tr")]
    assert rows == [["When", "files"], ["00:00", "1"], ["00:05", "2,000"]]


def test_nothing_is_drawn_of_nothing() -> None:
    shown = drawn([])
    assert not list(shown.iter(f"{SVG}path"))
    assert words(shown) == "There are no figures."
    assert caption(shown) == "Uploads last 0 peak 0"


def test_zeros_are_a_level_line_at_the_bottom() -> None:
    shown = drawn([0, 0, 0])
    assert places(path(shown, "line")) == [(0, BOTTOM), (300, BOTTOM), (600, BOTTOM)]
    assert path(shown, "top") == ""


def test_one_point_is_a_level_line() -> None:
    assert places(path(drawn([5]), "line")) == [(0, TOP), (WIDTH, TOP)]


@pytest.mark.parametrize("point", [math.nan, math.inf, -math.inf, -3])
def test_what_is_no_amount_counts_as_nothing(point: float) -> None:
    shown = drawn([point, 4])
    assert places(path(shown, "line")) == [(0, BOTTOM), (WIDTH, TOP)]
    assert words(shown).endswith("total 4 files from 00:00 on.")


def test_however_much_it_is_it_stays_within_the_box() -> None:
    most = sys.float_info.max
    shown = drawn([most, most, 5e-324, 0])
    assert {y for _, y in places(path(shown, "line"))} == {TOP, BOTTOM}
    text = "".join(shown.itertext())
    assert not re.search(r"\b(nan|inf)", text)
    assert places(path(drawn([5e-324, 0]), "line")) == [(0, TOP), (WIDTH, BOTTOM)]


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        (0, "0"),
        (0.25, "0.25"),
        (7, "7"),
        (12.34, "12.3"),
        (999, "999"),
        (999.99, "1 k"),
        (1500, "1.5 k"),
        (999_999, "1 M"),
        (12_300_000, "12.3 M"),
        (5e9, "5 G"),
        (1e18, "1e+06 T"),
    ],
)
def test_an_amount_is_short(amount: float, read: str) -> None:
    assert figure(amount) == read


def test_words_of_others_are_no_markup() -> None:
    odd = "<script>alert('1')</script> & \"co\""
    shown = fromstring(plot([1], title=odd, unit=odd, labels=[odd]))  # noqa: S314  our own
    assert {one.tag.removeprefix(SVG) for one in shown.iter()}.isdisjoint({"script"})
    assert shown.findtext(f"{SVG}svg/{SVG}title") == odd
    assert f"Peak 1 {odd} at {odd}" in words(shown)


def test_a_strict_policy_finds_nothing_to_refuse() -> None:
    for one in drawn([1, 2, 3]).iter():
        assert one.tag.removeprefix(SVG) not in {"style", "script", "image", "use"}
        assert not {name for name in one.attrib if name == "style" or name.startswith("on")}
        assert {one.get("fill"), one.get("stroke")} <= {None, "none", "currentColor"}


def test_labels_and_points_belong_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        plot([1, 2], title="Uploads", unit="files", labels=["00:00"])


def test_it_knows_nothing_but_django() -> None:
    tree = ast.parse(Path(plots.__file__).read_text())
    roots = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else _names(node))
    }
    assert roots <= {"django", *sys.stdlib_module_names}


def _names(node: ast.Import) -> list[str]:
    return [alias.name for alias in node.names]
