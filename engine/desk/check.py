"""`check`: everything an author can get wrong, found without a database and without a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.desk.calendar_data import provisional_problems
from engine.desk.folder import Checked, check_folder, read_folder
from engine.ground.errors import BadConfig, Problem
from engine.settings.load import load_settings
from engine.stages.calendars import calendars_of


@dataclass(frozen=True)
class Findings:
    """What a check found. `checked` is None if and only if a problem is an error."""

    checked: Checked | None
    problems: tuple[Problem, ...]


def check(config: Path, now: int) -> Findings:
    """Settings, then calendars, rules and templates under these settings. Every problem, none raised.

    Years not yet published are looked for from `now` on, in the countries that config.yaml names.
    """
    try:
        settings = load_settings(config)
        calendars = calendars_of(settings)
        checked = check_folder(settings, read_folder(settings, config.resolve().parent))
    except BadConfig as error:
        return Findings(None, error.problems)
    countries = {settings.defaults.country, *settings.calendars}
    provisional = provisional_problems(config, calendars, checked.book, countries, now)
    return Findings(checked, (*provisional, *checked.warnings))
