"""Pictures beside the templates: how HTML names them, and what one that was frozen is known by for ever."""

from __future__ import annotations

import base64
import hashlib
import re

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
"""By the ending of the file: what every mail program shows."""
MAX_BYTES = 200_000
"""Of one picture. Ours: it travels with every mail that shows it."""

NAMED = re.compile(r"""(?<=["'(])cid:([\w./-]+\.(?:png|jpe?g|gif))(?=["')])""")
"""`cid:images/logo.png`, as a template names a file below templates/."""
FROZEN = re.compile(r"cid:([0-9a-f]{32}\.(?:png|jpe?g|gif)@images)\b")
"""The same in a text that was written: it names what the picture is, whatever becomes of the file."""


def is_image(path: str) -> bool:
    """Whether a file below templates/ is a picture; its text is the base64 of its bytes."""
    return path.rpartition(".")[2] in MEDIA_TYPES


def ident_of(path: str, text: str) -> str:
    """What a picture is known by: its bytes, and their type."""
    digest = hashlib.blake2b(base64.b64decode(text), digest_size=16).hexdigest()
    return f"{digest}.{path.rpartition('.')[2]}@images"


def media_type(ident: str) -> str:
    """The type that an identity tells."""
    return MEDIA_TYPES[ident.partition("@")[0].rpartition(".")[2]]
