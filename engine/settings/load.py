"""config.yaml read into Settings, with every mistake at its place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from engine.ground.errors import BadConfig, Problem
from engine.ground.yamlio import Node, locate, read_yaml
from engine.settings.meaning import mistakes_in
from engine.settings.model import Settings
from engine.settings.wording import Mistake, mistake_of


def load_settings(path: Path) -> Settings:
    """The settings of that file. Raises BadConfig with all its problems, sorted by place."""
    try:
        text = path.read_bytes()
    except OSError as error:
        hint = "`followup init DIR` makes one; --config names another"
        message = f"cannot be read: {error.strerror}"
        raise BadConfig([Problem(str(path), 1, 1, "C100", message, hint)]) from error
    settings, problems = read_settings(text, str(path))
    if settings is None:
        raise BadConfig(problems)
    return _with_files_of(settings, path.resolve().parent)


def _with_files_of(settings: Settings, home: Path) -> Settings:
    """Official calendars by their whole paths; relative ones start at config.yaml."""
    calendars = {
        country: days.model_copy(update={"files": tuple(str(home / file) for file in days.files)})
        for country, days in settings.calendars.items()
    }
    return settings.model_copy(update={"calendars": calendars})


def read_settings(text: str | bytes, file: str) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, or every problem of the text. None if and only if there are problems; never raises."""
    node, unreadable = read_yaml(text, file)
    if node is None:
        return None, unreadable
    settings, mistakes = _validate(node)
    problems = {*unreadable, *_positioned(mistakes, node, file)}
    return (None if problems else settings), tuple(sorted(problems))


def _validate(node: Node) -> tuple[Settings | None, tuple[Mistake, ...]]:
    """The models check the shape; what the values mean to each other is checked once the shape holds."""
    plain = {} if node.value is None else node.plain()
    if not isinstance(plain, dict):
        return None, (Mistake((), "C101", "config.yaml must be a mapping of keys"),)
    try:
        # Through JSON: there strict means what YAML says (text stays text), and lists may be tuples.
        settings = Settings.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        return None, tuple(mistake_of(dict(one)) for one in error.errors(include_url=False))
    return settings, tuple(mistakes_in(settings))


def _positioned(mistakes: Iterable[Mistake], node: Node, file: str) -> Iterable[Problem]:
    for mistake in mistakes:
        mark = locate(node, mistake.path, key=mistake.on_key)
        yield Problem(file, mark.line, mark.col, mistake.code, mistake.message, mistake.hint)
