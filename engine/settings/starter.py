"""The content a new house begins with: config.yaml, rules/, templates/ and samples/, as `followup init` copies them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_INSTALLED = Path(__file__).parents[1] / "starter"
_CHECKOUT = Path(__file__).parents[2]
_CONTENT = ("config.yaml", "rules/**/*.yaml", "templates/**/*.j2", "samples/*.cap", "profiles/**/*.yaml")


def starter_content() -> Mapping[str, bytes]:
    """Path -> content of all that ships, profiles too. From the wheel, or the checkout of an editable install."""
    root = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    paths = sorted(path for pattern in _CONTENT for path in root.glob(pattern))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def starter_files() -> Mapping[str, bytes]:
    """Path below the new folder -> content, with every rule that ships: the profile `full`."""
    return {path: content for path, content in starter_content().items() if not path.startswith("profiles/")}
