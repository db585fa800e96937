"""Static files, in memory, each under an address that its contents name: browsers may keep it for ever."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def _files() -> dict[str, tuple[str, bytes]]:
    """Name -> digest and contents."""
    found = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
    return {name: (hashlib.blake2b(data, digest_size=8).hexdigest(), data) for name, data in found.items()}


def asset(name: str) -> str:
    """The address of a static file. KeyError: there is none of that name."""
    return f"/static/{_files()[name][0]}/{name}"


def text_of(name: str) -> str:
    """What a static file of text says. KeyError: there is none of that name."""
    return _files()[name][1].decode()


async def _serve(request: Request) -> Response:
    digest, data = _files().get(request.path_params["name"], ("", b""))
    if not digest or digest != request.path_params["digest"]:
        raise HTTPException(404)
    kind = mimetypes.guess_type(request.path_params["name"])[0] or "application/octet-stream"
    return Response(data, media_type=kind, headers={"Cache-Control": FOR_EVER})


routes = [Route("/static/{digest}/{name}", _serve, methods=["GET"])]
