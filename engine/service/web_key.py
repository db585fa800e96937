"""Secrets made once for a new folder: the key that signs links and sessions."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_secret(path: Path) -> None:
    """Write a random secret that only its owner can read, unless the file is there already."""
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")


def write_web_key(folder: Path) -> None:
    """The key of a folder, where its config.yaml looks for it."""
    write_secret(folder / "web.key")
