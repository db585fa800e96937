"""What is wrong with templates before anybody is written to: syntax, missing blocks, files that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import TemplateSyntaxError, meta, nodes

from engine.ground.errors import Problem
from engine.rulebook.reading import suggestion
from engine.stages.compose.environment import Sandbox
from engine.stages.compose.templates import MAIL

ROOT = "templates/"


def template_problems(files: Mapping[str, str], variants: tuple[str, ...]) -> tuple[Problem, ...]:
    """Every problem of every template, by its place. `files` maps paths below templates/ to their text.

    `variants` are the words of customers that may have texts of their own.
    """
    sandboxes = {False: Sandbox(files, html=False), True: Sandbox(files, html=True)}
    found: list[Problem] = []
    for path, text in sorted(files.items()):
        found.extend(_problems_of(path, text, files, sandboxes[".html." in path]))
    found.extend(_unknown_variants(files, variants))
    return tuple(sorted(found))


def _unknown_variants(files: Mapping[str, str], variants: tuple[str, ...]) -> Iterator[Problem]:
    """A text that nobody would ever get."""
    for path in sorted(files):
        match = MAIL.fullmatch(path)
        if match and match["variant"] is not None and match["variant"] not in variants:
            message = f'no temperament, tier or profile is called "{match["variant"]}"'
            yield Problem(ROOT + path, 1, 1, "T104", message, suggestion(match["variant"], variants))


def _problems_of(path: str, text: str, files: Mapping[str, str], sandbox: Sandbox) -> Iterator[Problem]:
    try:
        tree = sandbox.parse(text, path)
        sandbox.compile(text, path)
    except TemplateSyntaxError as error:
        yield Problem(ROOT + path, error.lineno, 1, "T101", error.message or "it cannot be read")
        return
    for wanted in sorted(name for name in meta.find_referenced_templates(tree) if name and name not in files):
        yield Problem(ROOT + path, 1, 1, "T102", f'there is no template "{wanted}"')
    inherits = next(tree.find_all(nodes.Extends), None) is not None
    if not inherits and path.rpartition("/")[2].startswith("mail.") and path.endswith(".txt.j2"):
        blocks = {block.name for block in tree.find_all(nodes.Block)}
        for name in sorted({"subject", "body"} - blocks):
            yield Problem(ROOT + path, 1, 1, "T103", f'there is no block "{name}"', f"add {{% block {name} %}}")
