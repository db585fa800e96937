"""What is wrong with a request, as RFC 9457 tells it: `application/problem+json`, with a pointer to each field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.responses import JSONResponse, Response


class FieldProblem(NamedTuple):
    """What is wrong at one place of the body; the pointer is RFC 6901's as a fragment: `#/items/3/at`."""

    pointer: str
    detail: str


class Trouble(Exception):
    """The request as a whole cannot be taken, and nothing was changed."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, tuple(errors), headers


def problem(status: int, detail: str = "", errors: Sequence[FieldProblem] = (), **headers: str) -> Response:
    """The answer that says so."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = [error._asdict() for error in errors]
    return JSONResponse(body, status, dict(headers), "application/problem+json")


def pointer(*steps: str | int) -> str:
    """Where something stands in the body."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
