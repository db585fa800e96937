"""What one template is by itself, read once for whoever checks it and whoever writes with it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from jinja2 import meta, nodes

from engine.stages.compose.environment import Sandbox


class Read(NamedTuple):
    """The files that a template names, its blocks, and what stands outside of them."""

    wanted: frozenset[str]
    blocks: frozenset[str]
    inherits: bool
    """It fills the blocks of another one."""
    runs_whole: bool
    """Something outside its blocks (extends, set, import) that the blocks may need."""


_SANDBOXES = {html: Sandbox({}, html=html) for html in (False, True)}


@lru_cache(maxsize=1024)  # a reload reads what was edited; compiling all templates is most of what it would cost
def read(path: str, text: str) -> Read:
    """TemplateSyntaxError if it cannot be read. What it compiles to is kept for every Sandbox."""
    sandbox = _SANDBOXES[".html." in path]
    tree = sandbox.parse(text, path)
    found = Read(
        frozenset(name for name in meta.find_referenced_templates(tree) if name),
        frozenset(block.name for block in tree.find_all(nodes.Block)),
        next(tree.find_all(nodes.Extends), None) is not None,
        not all(isinstance(node, nodes.Block | nodes.Output) for node in tree.body),
    )
    sandbox.keep(path, text, tree)  # last, as it changes the tree; and it finds what only a compiler does
    return found
