"""Templates into pages: everything is escaped, scripts and styles stand in files (the CSP refuses others)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from engine.domain.civil import local
from engine.domain.spoken import Spoken
from engine.web.assets import asset
from engine.web.menu import menu_for
from engine.web.visitors import Visitor
from engine.web.wording import terms_in, translator

FOLDER = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Viewer:
    """For whom a page is made, and where it stands."""

    visitor: Visitor
    called: str
    language: str
    zone: str
    path: str


@pass_context
def _in_the_readers_language(context: Context, value: Any) -> Any:
    """What rules' authors wrote in several languages."""
    if not isinstance(value, Spoken):
        return value
    viewer = context.get("viewer")
    return value.in_language(viewer.language if viewer else context.get("language", ""))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False,
        trim_blocks=True, lstrip_blocks=True, finalize=_in_the_readers_language,
    )  # fmt: skip
    environment.globals.update(asset=asset, menu_for=menu_for)
    return environment


def render(template: str, viewer: Viewer, csrf: Callable[[], str], context: Mapping[str, Any]) -> str:
    """The page. Templates know `t`, `term`, `csrf`, `viewer`, the context; `when`, `clock`: an instant of his."""

    def when(at: int) -> str:
        return local(at, viewer.zone).strftime("%Y-%m-%d %H:%M")

    def clock(at: int) -> str:
        return local(at, viewer.zone).strftime("%H:%M")

    said = {"t": translator(viewer.language), "term": terms_in(viewer.language), "when": when, "clock": clock}
    return _environment().get_template(template).render({**context, **said, "csrf": csrf, "viewer": viewer})


def render_alone(template: str, language: str, zone: str, context: Mapping[str, Any]) -> str:
    """A page that belongs to no site: without a visitor, links or forms."""

    def when(at: int) -> str:
        return local(at, zone).strftime("%Y-%m-%d %H:%M")

    said = {"t": translator(language), "term": terms_in(language), "when": when, "language": language}
    return _environment().get_template(template).render({**context, **said})
