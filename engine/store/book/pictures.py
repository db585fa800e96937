"""Pictures of mails, kept by what they are: a frozen text shows the one it was written with."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from engine.domain.images import ident_of, is_image
from engine.store.database import insert_ignore
from engine.store.ledger import picture


class Picture(NamedTuple):
    """One of them."""

    ident: str
    name: str
    content: bytes


def keep_pictures(connection: Connection, files: Mapping[str, str]) -> None:
    """Keep those among a generation's templates, in the caller's transaction; one that is kept already stays."""
    insert_ignore(connection, picture, [
        {"ident": ident_of(path, text), "name": path.rpartition("/")[2], "content": base64.b64decode(text)}
        for path, text in files.items() if is_image(path)
    ])  # fmt: skip


_BY_IDENT = select(picture).where(picture.c.ident.in_(bindparam("idents", expanding=True)))


def pictures(connection: Connection, idents: Collection[str]) -> dict[str, Picture]:
    """These, as far as they are kept."""
    return {row.ident: Picture(*row) for row in connection.execute(_BY_IDENT, {"idents": sorted(idents)})}
