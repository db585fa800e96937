"""The folder: config.yaml, who may read and write what, and the secrets it refers to."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.service.doctor.finding import Finding, fail, ok, warn
from engine.settings.model import Settings
from engine.settings.secrets import MissingSecret, is_reference, resolve

_OTHERS_WRITE, _OTHERS_READ = stat.S_IWOTH, stat.S_IROTH


def folder(config: Path) -> Iterator[Finding]:
    """Nobody but its owners may change what the daemon does."""
    open_to_all = [path for path in (config, config.parent, config.parent / "rules", config.parent / "templates")
                   if path.exists() and path.stat().st_mode & _OTHERS_WRITE]  # fmt: skip
    for path in open_to_all:
        yield fail("permissions", f"everybody on this machine may change {path}", f"chmod o-w {path}")
    if not open_to_all:
        yield ok("permissions", "config.yaml, rules and templates are changed by their owners only")


def secrets(settings: Settings, home: Path) -> Iterator[Finding]:
    """Each reference leads to a secret, and only we can read it."""
    references = sorted(set(_references(settings.model_dump(mode="json"))))
    unseen = [one for one in references if one.startswith("cred:") and "CREDENTIALS_DIRECTORY" not in os.environ]
    found = 0
    for one in references:
        try:
            found += one not in unseen and bool(resolve(one, home))
        except MissingSecret as error:
            yield fail("secrets", str(error), "mend it as it says, or leave out what needs it")
    if unseen:
        do = "look from within the service, see docs/systemd.md"
        yield warn("secrets", f"{', '.join(unseen)}: only the service can see them", do)
    yield ok("secrets", f"{found} of {len(references)} in order")


def _references(value: Any) -> Iterator[str]:
    """Every text of the settings that refers to a secret."""
    if isinstance(value, str):
        if is_reference(value):
            yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _references(one)


def state_file(path: Path) -> Iterator[Finding]:
    """A SQLite file: written by us, read by nobody else, with room beside it for its log."""
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            do = "give it to the user that the daemon runs as, or look as that user: sudo -u followup followup doctor"
            yield fail("permissions", f"{place} may not be written", do)
    if path.stat().st_mode & _OTHERS_READ and path.parent.stat().st_mode & stat.S_IXOTH:
        yield warn("permissions", f"everybody on this machine can read {path.name}, with all customers in it",
                   f"chmod o-rwx {path}")  # fmt: skip
