"""What is wrong with templates before anybody is written to: syntax, missing blocks, files that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import TemplateSyntaxError

from engine.domain.images import is_image
from engine.ground.errors import Problem
from engine.ground.yamlslips import half_width
from engine.rulebook.reading import suggestion
from engine.stages.compose.html_problems import html_problems, picture_problems
from engine.stages.compose.reading import read
from engine.stages.compose.templates import MAIL, SMS

ROOT = "templates/"


def template_problems(files: Mapping[str, str], variants: tuple[str, ...]) -> tuple[Problem, ...]:
    """Every problem of every template, by its place. `files` maps paths below templates/ to their text.

    `variants` are the words of customers that may have texts of their own.
    """
    found: list[Problem] = []
    for path, text in sorted(files.items()):
        if is_image(path):
            found.extend(picture_problems(path, text, ROOT))
            continue
        found.extend(_problems_of(path, text, files))
        if ".html." in path:
            found.extend(html_problems(path, text, files, ROOT))
    found.extend(_unknown_variants(files, variants))
    return tuple(sorted(found))


def _unknown_variants(files: Mapping[str, str], variants: tuple[str, ...]) -> Iterator[Problem]:
    """A text that nobody would ever get."""
    for path in sorted(files):
        match = MAIL.fullmatch(path) or SMS.fullmatch(path)
        if match and match["variant"] is not None and match["variant"] not in variants:
            message = f'no temperament, tier or profile is called "{match["variant"]}"'
            yield Problem(ROOT + path, 1, 1, "T104", message, suggestion(match["variant"], variants))


def _problems_of(path: str, text: str, files: Mapping[str, str]) -> Iterator[Problem]:
    try:
        found = read(path, text)
    except TemplateSyntaxError as error:
        message = error.message or "it cannot be read"
        yield Problem(ROOT + path, error.lineno, 1, "T101", message, half_width(message))
        return
    for wanted in sorted(found.wanted - files.keys()):
        yield Problem(ROOT + path, 1, 1, "T102", f'there is no template "{wanted}"')
    if not found.inherits and path.rpartition("/")[2].startswith("mail.") and path.endswith(".txt.j2"):
        for name in sorted({"subject", "body"} - found.blocks):
            yield Problem(ROOT + path, 1, 1, "T103", f'there is no block "{name}"', f"add {{% block {name} %}}")
