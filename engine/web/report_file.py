"""A report as one file that needs no network: to be kept, printed, or sent along."""

from __future__ import annotations

from collections.abc import Mapping

from engine.stages.report.figures import Report
from engine.web.assets import text_of
from engine.web.rendering import render_alone
from engine.web.report_view import view


def report_file(report: Report, language: str, names: Mapping[str, str]) -> str:
    """The page. `names` are those of the reps, by id."""
    context = view(report, language, names) | {"style": text_of("style.css")}
    return render_alone("report_file.html", language, report.zone, context)
