"""Small plots drawn on the server: an SVG line over its area, which says in words what it shows.

There is no style and no script in them, so that the strictest Content-Security-Policy lets them
through; `plots.css` colours them by class, and without it they are drawn in the text's colour.
"""

import math
import sys
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 600, 100
TOP, BOTTOM = 6, 94  # room for the line's own thickness
SUFFIXES = ("", " k", " M", " G", " T")  # SI: thousands, millions …

FIGURE = """\
<figure class="plot">
<figcaption><strong class="plot-title">{title}</strong>
<span class="plot-last">last {last}</span> <span class="plot-peak">peak {peak}</span></figcaption>
<svg viewBox="0 0 {width} {height}" width="100%" height="{height}" \
preserveAspectRatio="none" role="img" xmlns="http://www.w3.org/2000/svg">
<title>{title}</title>
<desc>{words}</desc>
{drawing}
</svg>
<div class="plot-ends" aria-hidden="true"><span>{first_label}</span> \
<span>{last_label}</span></div>
<details class="plot-figures"><summary>Figures</summary>
<table><caption>{title}</caption>
<thead><tr><th scope="col">When</th><th scope="col">{unit}</th></tr></thead>
<tbody>{rows}</tbody></table></details>
</figure>"""
DRAWING = """\
<path class="plot-area" d="{area}" fill="currentColor" fill-opacity="0.15"/>
<path class="plot-axis" d="M0 {bottom}H{width}" fill="none" stroke="currentColor" \
stroke-opacity="0.3" vector-effect="non-scaling-stroke"/>
<path class="plot-line" d="{line}" fill="none" stroke="currentColor" stroke-width="1.5" \
stroke-linejoin="round" vector-effect="non-scaling-stroke"/>
<path class="plot-top" d="{top}" fill="none" stroke="currentColor" stroke-width="6" \
stroke-linecap="round" vector-effect="non-scaling-stroke"/>"""


def plot(points: Sequence[float], *, title: str, unit: str, labels: Sequence[str]) -> SafeString:
    """A figure of amounts, oldest first, with a label for each: `plot([3, 1], unit="uploads", …)`.

    An amount is a number from 0 up; one that is not, or not finite, is drawn and told as 0.
    Raises `ValueError` unless there are as many labels as points.
    """
    amounts = [_amount(point) for point in points]
    rows = [(label, _exactly(amount)) for label, amount in zip(labels, amounts, strict=True)]
    return format_html(
        FIGURE,
        title=title,
        unit=unit,
        words=_in_words(amounts, unit, labels),
        last=figure(amounts[-1] if amounts else 0),
        peak=figure(max(amounts, default=0)),
        first_label=labels[0] if labels else "",
        last_label=labels[-1] if labels else "",
        drawing=_drawing(amounts),
        rows=format_html_join("\n", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows),
        width=WIDTH,
        height=HEIGHT,
    )


def figure(amount: float) -> str:
    """An amount as people read it: `7`, `0.25`, `1.5 k`, `12.3 M`."""
    exponent = 0
    while amount >= 999.95 and exponent < len(SUFFIXES) - 1:
        amount /= 1000
        exponent += 1
    if amount >= 999.95:
        return f"{amount:.3g}{SUFFIXES[exponent]}"
    digits = 2 if amount < 1 else 1
    return f"{amount:.{digits}f}".rstrip("0").rstrip(".") + SUFFIXES[exponent]


def _amount(point: float) -> float:
    return float(point) if math.isfinite(point) and point > 0 else 0.0


def _exactly(amount: float) -> str:
    return f"{amount:,.0f}" if amount.is_integer() and amount < 1e15 else figure(amount)


def _in_words(amounts: Sequence[float], unit: str, labels: Sequence[str]) -> str:
    if not amounts:
        return "There are no figures."
    peak, total = max(amounts), min(sum(amounts), sys.float_info.max)
    return (
        f"Peak {figure(peak)} {unit} at {labels[amounts.index(peak)]}, "
        f"last {figure(amounts[-1])} {unit} at {labels[-1]}, "
        f"total {figure(total)} {unit} from {labels[0]} on."
    )


def _drawing(amounts: Sequence[float]) -> SafeString:
    if not amounts:
        return SafeString()
    places = _places(amounts)
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    top_x, top_y = min(places, key=lambda place: place[1])
    return format_html(
        DRAWING,
        line=line,
        area=f"{line}V{BOTTOM}H0Z",
        top=f"M{top_x:g} {top_y:g}h0" if any(amounts) else "",
        bottom=BOTTOM,
        width=WIDTH,
    )


def _places(amounts: Sequence[float]) -> list[tuple[float, float]]:
    """Where the line goes: over the whole width, up from 0. One point alone is a level line."""
    several = amounts if len(amounts) > 1 else [*amounts, *amounts]
    step = WIDTH / (len(several) - 1)
    peak = max(several) or 1
    return [
        (round(n * step, 1), round(BOTTOM - (BOTTOM - TOP) * (amount / peak), 1))
        for n, amount in enumerate(several)
    ]
