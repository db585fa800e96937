"""What is wrong with templates before anybody is written to: syntax, missing blocks, files that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from jinja2 import DictLoader, TemplateSyntaxError, meta, nodes

from engine.ground.errors import Problem
from engine.ground.yamlslips import half_width
from engine.rulebook.reading import suggestion
from engine.stages.compose.environment import Sandbox
from engine.stages.compose.templates import MAIL

ROOT = "templates/"


class _Read(NamedTuple):
    """What one template is by itself: the files it names, its blocks, whether it fills those of another one."""

    wanted: frozenset[str]
    blocks: frozenset[str]
    inherits: bool


def template_problems(files: Mapping[str, str], variants: tuple[str, ...]) -> tuple[Problem, ...]:
    """Every problem of every template, by its place. `files` maps paths below templates/ to their text.

    `variants` are the words of customers that may have texts of their own.
    """
    found: list[Problem] = []
    for path, text in sorted(files.items()):
        found.extend(_problems_of(path, text, files))
    found.extend(_unknown_variants(files, variants))
    return tuple(sorted(found))


def _unknown_variants(files: Mapping[str, str], variants: tuple[str, ...]) -> Iterator[Problem]:
    """A text that nobody would ever get."""
    for path in sorted(files):
        match = MAIL.fullmatch(path)
        if match and match["variant"] is not None and match["variant"] not in variants:
            message = f'no temperament, tier or profile is called "{match["variant"]}"'
            yield Problem(ROOT + path, 1, 1, "T104", message, suggestion(match["variant"], variants))


def _problems_of(path: str, text: str, files: Mapping[str, str]) -> Iterator[Problem]:
    try:
        read = _read(path, text)
    except TemplateSyntaxError as error:
        message = error.message or "it cannot be read"
        yield Problem(ROOT + path, error.lineno, 1, "T101", message, half_width(message))
        return
    for wanted in sorted(read.wanted - files.keys()):
        yield Problem(ROOT + path, 1, 1, "T102", f'there is no template "{wanted}"')
    if not read.inherits and path.rpartition("/")[2].startswith("mail.") and path.endswith(".txt.j2"):
        for name in sorted({"subject", "body"} - read.blocks):
            yield Problem(ROOT + path, 1, 1, "T103", f'there is no block "{name}"', f"add {{% block {name} %}}")


_SANDBOXES = {html: Sandbox({}, html=html) for html in (False, True)}


@lru_cache(maxsize=1024)  # a reload reads what was edited; compiling all templates is most of what it would cost
def _read(path: str, text: str) -> _Read:
    """TemplateSyntaxError if it cannot be read."""
    sandbox = _SANDBOXES[".html." in path]
    tree = sandbox.parse(text, path)
    read = _Read(
        frozenset(name for name in meta.find_referenced_templates(tree) if name),
        frozenset(block.name for block in tree.find_all(nodes.Block)),
        next(tree.find_all(nodes.Extends), None) is not None,
    )
    DictLoader({path: text}).load(sandbox, path)  # what only a compiler finds, and the code is kept
    return read
