"""What was measured before, kept in the repository: results/history.jsonl, one line a whole run, and its picture."""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.measure import Figure

RESULTS = Path(__file__).with_name("results")
HISTORY, PICTURE = RESULTS / "history.jsonl", RESULTS / "history.svg"
BEFORE = 5
"""So many earlier runs are what a new one is compared with."""
WORSE = 1.25
"""By so much worse than their median is worth a word: runs beside other programs differ by a fifth."""


class Regression(NamedTuple):
    """A ratio that got worse: what it was, as the median of the last runs, and what it is."""

    name: str
    was: float
    now: float


def earlier() -> list[dict[str, Any]]:
    """All runs that were kept, the oldest first."""
    return [json.loads(line) for line in HISTORY.read_text("utf-8").splitlines()] if HISTORY.exists() else []


def regressions(figures: Sequence[Figure], runs: Sequence[dict[str, Any]]) -> list[Regression]:
    """Which of the judged figures are worse than they were in the last runs that have them."""
    found = []
    for one in figures:
        known = [run["figures"][one.name]["ratio"] for run in runs if one.name in run["figures"]][-BEFORE:]
        if one.bar is None or not known:
            continue
        was = median(known)
        if one.ratio * WORSE < was if one.least else one.ratio > was * WORSE:
            found.append(Regression(one.name, was, one.ratio))
    return found


def keep(figures: Sequence[Figure]) -> None:
    """Add a run, with the date, the commit and what else the machine had to do, and draw the picture anew."""
    row = {
        "at": datetime.now(UTC).isoformat(timespec="minutes"), "commit": _commit(),
        "load": [round(one, 1) for one in os.getloadavg()],
        "figures": {
            one.name: {"ours": one.ours, "floor": one.floor, "unit": one.unit, "ratio": round(one.ratio, 4),
                       "bar": one.bar, "least": one.least, "spread": one.spread}
            for one in figures
        },
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    with HISTORY.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    PICTURE.write_text(picture(earlier()), "utf-8")


def _commit() -> str:
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True, check=False)
    return told.stdout.strip()


_WIDTH, _LEFT, _ROW, _TOP = 980, 560, 22, 46
_SCALE = (_WIDTH - _LEFT - 60) / 1.5


def picture(runs: Sequence[dict[str, Any]]) -> str:
    """Every judged figure as the part of its bar that it takes: a dot a run, older ones paler, the bar at 1."""
    parts: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for name, one in run["figures"].items():
            if one["bar"] is not None and one["ratio"]:
                parts[name].append(one["bar"] / one["ratio"] if one["least"] else one["ratio"] / one["bar"])
    height = _TOP + _ROW * len(parts) + 10
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="8" y="18" font-weight="bold">What each figure takes of its bar, run by run; left is better</text>',
    ]
    for at in (0.0, 0.5, 1.0, 1.5):
        x = _LEFT + at * _SCALE
        lines.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{_TOP - 8}" y2="{height - 6}"'
                     f' stroke="{"#b03030" if at == 1 else "#dddddd"}"/>')  # fmt: skip
        lines.append(f'<text x="{x:.0f}" y="{_TOP - 14}" text-anchor="middle">{at:g}</text>')
    for row, (name, taken) in enumerate(parts.items()):
        y = _TOP + _ROW * row + 10
        lines.append(f'<text x="8" y="{y + 4}">{escape(name.strip())}</text>')
        for n, part in enumerate(taken[-12:], 1):
            x = _LEFT + min(part, 1.55) * _SCALE
            pale = 0.15 + 0.85 * n / len(taken[-12:])
            fill = "#b03030" if part > 1 else "#2a6099"
            lines.append(f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{fill}" fill-opacity="{pale:.2f}"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"
