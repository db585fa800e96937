"""An ops person's folder: config.yaml, rules/ and templates/, read and checked in one way for everybody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.images import is_image
from engine.ground.errors import BadConfig, Problem
from engine.rulebook.loader import load_rulebook, read_rule_files
from engine.rulebook.model import RuleBook
from engine.rulebook.quarantine import load_sound
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.compose.problems import template_problems


@dataclass(frozen=True)
class Folder:
    """The texts of rules and templates, by path. Rules may hold bytes that are no text; checking says so."""

    rules: Mapping[str, bytes]
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Checked:
    """A folder whose rules hold: what a generation is made of."""

    book: RuleBook
    rules: Mapping[str, str]
    templates: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()


def read_folder(settings: Settings, home: Path) -> Folder:
    """The files below the folders that config.yaml names. BadConfig if one cannot be read."""
    return Folder(read_rule_files(home / settings.rules), _read_templates(home / settings.templates))


def _variants(settings: Settings) -> tuple[str, ...]:
    words = settings.vocabularies
    return (*words.temperaments, *words.tiers, *words.profiles)


def check_folder(settings: Settings, folder: Folder, *, quarantine: bool = False) -> Checked:
    """The one check for start-up, reload, `check` and rehearsals. BadConfig with every problem at once.

    With `quarantine`, rules with mistakes are left out, and told in the book; any other mistake is as bad as ever.
    """
    load = load_sound if quarantine else load_rulebook
    book, problems = load(folder.rules, catalogue_for(settings, folder.templates))
    found = [*problems, *template_problems(folder.templates, _variants(settings))]
    errors = [problem for problem in found if problem.severity == "error"]
    if book is None or errors:
        raise BadConfig(errors)
    return Checked(book, dict(book.files), folder.templates, tuple(sorted(found)))


def _read_templates(root: Path) -> dict[str, str]:
    if not root.is_dir():
        hint = "create it or mend config.yaml"
        raise BadConfig([Problem(str(root), 1, 1, "T100", "there is no such folder", hint)])
    found: dict[str, str] = {}
    for path in sorted(one for one in root.rglob("*") if one.suffix == ".j2" or is_image(one.name)):
        try:
            found[path.relative_to(root).as_posix()] = _text_of(path)
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig([Problem(str(path), 1, 1, "T100", f"cannot be read: {error}")]) from error
    return found


def _text_of(path: Path) -> str:
    """A template as it stands, a picture in base64: generations hold texts."""
    return b64encode(path.read_bytes()).decode() if is_image(path.name) else path.read_text(encoding="utf-8")
