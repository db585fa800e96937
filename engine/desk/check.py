"""`check`: everything an author can get wrong, found without a database and without a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.desk.folder import Checked, check_folder, read_folder
from engine.ground.errors import BadConfig, Problem
from engine.settings.load import load_settings


@dataclass(frozen=True)
class Findings:
    """What a check found. `checked` is None if and only if a problem is an error."""

    checked: Checked | None
    problems: tuple[Problem, ...]


def check(config: Path) -> Findings:
    """Settings, then rules and templates under these settings. Every problem, none raised."""
    try:
        settings = load_settings(config)
        checked = check_folder(settings, read_folder(settings, config.resolve().parent))
    except BadConfig as error:
        return Findings(None, error.problems)
    return Findings(checked, checked.warnings)
