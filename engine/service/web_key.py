"""The key that signs links and sessions, made once for a new folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

KEY_FILE = "web.key"


def write_web_key(folder: Path) -> Path:
    """Write a random key that only its owner can read, unless there is one already."""
    path = folder / KEY_FILE
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    return path
