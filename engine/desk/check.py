"""`check`: everything an author can get wrong, found without a database and without a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.desk.calendar_data import provisional_problems
from engine.desk.folder import Checked, Folder, check_folder, read_folder
from engine.desk.tried.renderings import never_written
from engine.ground.errors import BadConfig, Problem
from engine.settings.load import load_settings
from engine.settings.model import Settings
from engine.settings.signing_keys import signing_key_problems
from engine.stages.calendars import calendars_of


@dataclass(frozen=True)
class Findings:
    """What a check found. `checked` is None if and only if a problem is an error.

    `consequence`: what a start or reload would do in spite of errors, where config.yaml says `on_invalid: quarantine`.
    """

    checked: Checked | None
    problems: tuple[Problem, ...]
    consequence: str = ""


def check(config: Path, now: int) -> Findings:
    """Settings, then calendars, rules and templates under these settings; last, every text is tried on made-up people.

    Every problem is told, none raised.

    Years not yet published are looked for from `now` on, in the countries that config.yaml names.
    """
    try:
        settings = load_settings(config)
        calendars = calendars_of(settings)
        folder = read_folder(settings, config.resolve().parent)
    except BadConfig as error:
        return Findings(None, error.problems)
    keys = signing_key_problems(config, settings)
    if keys:
        return Findings(None, keys)
    try:
        checked = check_folder(settings, folder)
    except BadConfig as error:
        consequence = _quarantine(settings, folder) if settings.on_invalid == "quarantine" else ""
        return Findings(None, error.problems, consequence)
    unwritable = never_written(settings, checked)
    if unwritable:
        return Findings(None, unwritable)
    countries = {settings.defaults.country, *settings.calendars}
    provisional = provisional_problems(config, calendars, checked.book, countries, now)
    return Findings(checked, (*provisional, *checked.warnings))


def _quarantine(settings: Settings, folder: Folder) -> str:
    """What would be left out, or that it does not help."""
    try:
        left_out = check_folder(settings, folder, quarantine=True).book.quarantined
    except BadConfig:
        return "on_invalid: quarantine leaves out rules only, and not every mistake is in one: all would stay as it is"
    named = ", ".join(f'"{one.id}" ({one.file}:{one.line})' for one in left_out)
    return f"on_invalid: quarantine would leave out {named} and put the rest in force"
