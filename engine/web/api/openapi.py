"""/api/openapi.json, made of the models that check the requests, and /api, the same for people to read.

Both say nothing of this house, and are there for everybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse, Response

from engine.web.api.body import MOST_BYTES
from engine.web.api.caller import MOST
from engine.web.api.inlets import KINDS, Kind
from engine.web.api.models import MOST_EVENTS, MOST_ITEMS, Answer, Problem
from engine.web.asked import Asked
from engine.web.routing import page

PROBLEMS: Mapping[int, str] = {
    400: "The body is not JSON in UTF-8, or the Idempotency-Key is none.",
    401: "There is no token, or it is not known.",
    403: "The token is for people.",
    413: f"The body is larger than {MOST_BYTES} bytes.",
    415: "The Content-Type is not application/json.",
    422: "The body is not of this form; `errors` points to each place. Or its Idempotency-Key belongs to another body.",
    429: f"More than {MOST} requests a minute of one token, or too many wrong tokens from one address.",
    503: "The database does not answer just now; Retry-After says when to send it again, under the same key.",
}
EXAMPLES: Mapping[str, Any] = {
    "/api/leads": {"items": [
        {"id": "wang", "name": "Wang Fang", "owner": "li", "tier": "gold", "dates": {"birthday": "1988-02-17"}},
    ]},
    "/api/interactions": {"items": [
        {"id": "call-8812", "lead": "wang", "at": "2026-03-02T10:15+08:00", "outcome": "reached", "channel": "phone"},
    ]},
    "/api/events": {"items": [
        {"id": "ticket-417", "kind": "complaint", "leads": ["wang"], "starts_at": "2026-03-02T10:15+08:00"},
    ]},
}  # fmt: skip


@cache
def document() -> Mapping[str, Any]:
    """The OpenAPI 3.1 document."""
    wanted = [(kind.model, "validation") for kind in KINDS]
    _, schemas = models_json_schema(
        [*wanted, (Answer, "serialization"), (Problem, "serialization")],  # type: ignore[list-item]
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "followup", "version": "1", "description": __doc__},
        "security": [{"token": []}],
        "paths": {kind.path: {"post": _operation(kind)} for kind in KINDS},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(kind: Kind) -> dict[str, Any]:
    name = kind.model.__name__
    return {
        "operationId": f"post{name}",
        "summary": kind.model.__doc__,
        "parameters": [{
            "name": "Idempotency-Key", "in": "header", "required": False,
            "description": "A request that is sent twice under the same key is done once, and answered the same.",
            "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        }],
        "requestBody": {"required": True, "content": {"application/json": {
            "schema": _ref(name), "example": EXAMPLES[kind.path],
        }}},
        "responses": {
            "200": {"description": "What became of each item.", "content": {"application/json": {
                "schema": _ref(Answer.__name__),
            }}},
            **{str(status): _problem(text) for status, text in PROBLEMS.items()},
        },
    }  # fmt: skip


def _problem(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": _ref(Problem.__name__)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


class Shown(NamedTuple):
    """A field of an item as the page tells it."""

    name: str
    kind: str
    required: bool
    about: str


def _fields(name: str) -> Iterator[Shown]:
    schema = document()["components"]["schemas"][name]
    required = schema.get("required", ())
    for field, said in schema["properties"].items():
        yield Shown(field, _kind(said), field in required, _about(said))


def _kind(said: Mapping[str, Any]) -> str:
    """Its types in a few words; that it may be null too is said once, above."""
    several = [_kind(one) for one in said.get("anyOf", ()) if one.get("type") != "null"]
    return " | ".join(dict.fromkeys(several)) if several else str(said.get("type", "object"))


def _about(said: Mapping[str, Any]) -> str:
    own = said.get("description") or next((one["description"] for one in said.get("anyOf", ())
                                           if "description" in one), "")  # fmt: skip
    return str(own)


def _json(_asked: Asked) -> Response:
    return JSONResponse(document())


def _page(asked: Asked) -> Response:
    told = [
        {
            "path": kind.path, "about": kind.model.__doc__, "fields": list(_fields(kind.model.__name__.rstrip("s"))),
            "example": json.dumps(EXAMPLES[kind.path], ensure_ascii=False, indent=2),
        }
        for kind in KINDS
    ]
    base_url = asked.site.web.base_url
    return asked.page(
        "api.html", kinds=told, problems=PROBLEMS, items=MOST_ITEMS, events=MOST_EVENTS, base_url=base_url
    )


routes = [page("/api/openapi.json", _json, None), page("/api", _page, None)]
