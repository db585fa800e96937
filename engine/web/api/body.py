"""Reading a request's body: bounded, JSON, and of the form that a model says."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from engine.web.api.problems import FieldProblem, Trouble, pointer

MOST_BYTES = 2 * 1024 * 1024
"""Bytes of the largest body. Ours."""
TOLD = 100
"""How many mistakes of one body are told."""
M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request) -> bytes:
    """The body. Trouble: it is no JSON by its Content-Type, or too large."""
    kind, _, more = request.headers.get("content-type", "").partition(";")
    if kind.strip().lower() != "application/json" or "charset" in more.lower().replace("charset=utf-8", ""):
        raise Trouble(415, "send JSON in UTF-8, and Content-Type: application/json")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BYTES:
            raise Trouble(413, f"more than {MOST_BYTES} bytes; send it in several requests")
    return bytes(found)


def parsed(body: bytes, model: type[M]) -> M:
    """What the body says. Trouble names every place that is not as the model wants it."""
    try:
        return model.model_validate(_json(body), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[:TOLD]
        errors = [FieldProblem(pointer(*_place(one)), one["msg"]) for one in found]
        raise Trouble(422, "the body is not of the form that /api/openapi.json says", errors) from None


def _place(error: Any) -> tuple[str | int, ...]:
    """Where in the body; not which alternative of a type was tried."""
    kinds = ("str", "int", "float", "bool", "list[str]")
    return tuple(step for step in error["loc"] if step not in kinds)


def _json(body: bytes) -> Any:
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # refuses halves of characters, which no database takes
    except (ValueError, RecursionError):
        raise Trouble(400, "the body is not JSON in UTF-8") from None
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)
