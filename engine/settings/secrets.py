"""Secrets by reference: `env:NAME`, `file:PATH`, `cred:NAME`. config.yaml never holds one itself."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from engine.ground.errors import FollowupError

_REFERENCE = re.compile(r"(env|file|cred):(.+)", re.DOTALL)


class MissingSecret(FollowupError):
    """A secret that config.yaml refers to cannot be had: set the variable, or mend the file or its mode."""

    exit_code = 78


def is_reference(text: str) -> bool:
    """Whether the text refers to a secret instead of being one."""
    return _REFERENCE.fullmatch(text) is not None


def resolve(reference: str, base: Path) -> str:
    """The secret that `env:NAME`, `file:PATH` or `cred:NAME` stands for, without its last line break.

    Relative paths start at `base`, the folder of config.yaml; `cred:` reads a systemd credential from
    `$CREDENTIALS_DIRECTORY`. Raises MissingSecret for anything else, for what is empty or not there, and
    for a file that everybody on the machine can read.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise MissingSecret("a secret must be written as env:NAME, file:PATH or cred:NAME")
    kind, name = match.groups()
    secret = _from_environment(name) if kind == "env" else _from_file(reference, _path(kind, name, base))
    if not secret:
        raise MissingSecret(f"the secret {reference} is empty")
    return secret


def _from_environment(name: str) -> str:
    if name not in os.environ:
        raise MissingSecret(f"the secret env:{name} is not set; set the environment variable {name}")
    return os.environ[name]


def _path(kind: str, name: str, base: Path) -> Path:
    if kind == "file":
        return base / Path(name).expanduser()
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        raise MissingSecret(f"cred:{name} needs systemd; add LoadCredential={name}:PATH to the unit")
    if "/" in name or name in (".", ".."):
        raise MissingSecret(f"cred:{name} must be the plain name of a credential")
    return Path(folder) / name


def _from_file(reference: str, path: Path) -> str:
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise MissingSecret(f"everybody can read the secret {reference}; chmod o-rwx {path}")
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise MissingSecret(f"the secret {reference} cannot be read: {reason}") from error
