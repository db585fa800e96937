"""POST /api/leads, /api/interactions and /api/events: what other programs know, taken at once.

A body that is of the right form is answered with what became of each item. With an Idempotency-Key a request that is
sent twice is done once, and answered with the same words.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.stages.inlet.batch import Result, Taken
from engine.stages.inlet.inlet import Inlet
from engine.store.facts import idempotency
from engine.store.facts.dirty import Stamp
from engine.web.api.body import parsed, read_body
from engine.web.api.caller import caller_of
from engine.web.api.models import Answer, Events, Interactions, ItemAnswer, Leads, Place, whole
from engine.web.api.problems import Trouble, pointer, problem
from engine.web.site import Site

_KEY = re.compile(r"[!-~]{1,255}")
_NESTED = {"dates": "date.", "attrs": "attrs."}
_ANSWERS = "answers"


@dataclass(frozen=True)
class Kind:
    """What one path takes."""

    path: str
    model: type[BaseModel]
    take: Callable[[Inlet, Any], list[Taken]]


def _leads(inlet: Inlet, body: Leads) -> list[Taken]:
    return inlet.leads([_cells(item) for item in body.items])


def _interactions(inlet: Inlet, body: Interactions) -> list[Taken]:
    return inlet.interactions([_cells(item) for item in body.items])


def _events(inlet: Inlet, body: Events) -> list[Taken]:
    return inlet.events([item.model_dump(exclude_none=True) for item in body.items])


KINDS = (
    Kind("/api/leads", Leads, _leads), Kind("/api/interactions", Interactions, _interactions),
    Kind("/api/events", Events, _events),
)  # fmt: skip


def _cells(item: BaseModel) -> dict[str, str]:
    """An item as a row of an import: only what was sent, null as an empty cell."""
    sent = item.model_dump(exclude_unset=True)
    found = {name: _cell(value) for name, value in sent.items() if name not in (*_NESTED, _ANSWERS)}
    for name, prefix in _NESTED.items():
        found |= {f"{prefix}{key}": _cell(value) for key, value in sent.get(name, {}).items()}
    return found | {_question(key): _cell(value) for key, value in sent.get(_ANSWERS, {}).items()}


def _question(name: str) -> str:
    """Its column; of what names something else one that there is not."""
    is_own = "." in name and not name.startswith(tuple(_NESTED.values()))
    return name if is_own else f"{_ANSWERS}.{name}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, list) else str(whole(value))


def _route(kind: Kind) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            caller, key = caller_of(request), _key_of(request)
            body = await read_body(request)
            return await run_in_threadpool(_answer, request.app.state.site, kind, caller, key, body)
        except Trouble as trouble:
            return problem(trouble.status, trouble.detail, trouble.errors, **(trouble.headers or {}))

    return Route(kind.path, endpoint, methods=["POST"])


def _key_of(request: Request) -> str:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise Trouble(400, "an Idempotency-Key is 1 to 255 visible ASCII characters")
    return key or ""


def _answer(site: Site, kind: Kind, caller: str, key: str, body: bytes) -> Response:
    """Do it, once a key: the answer is kept in the transaction that does the work."""
    said = parsed(body, kind.model)
    now = site.clock.now()
    asked = idempotency.Request(caller, kind.path, key, hashlib.sha256(body).hexdigest())
    gates = site.gates()
    with site.db.writing() as connection:
        try:
            before = idempotency.begin(connection, asked, now) if key else None
        except idempotency.OtherBody:
            raise Trouble(422, "this Idempotency-Key was used for another body") from None
        if before is not None:
            return _json(before, {"Idempotency-Replayed": "true"})
        inlet = Inlet(connection, site.settings, gates, Stamp(now, f"api:{caller}", "api"))
        answer = idempotency.Answer(200, _told(kind.take(inlet, said)).model_dump_json())
        if key:
            idempotency.finish(connection, asked, answer)
    return _json(answer, {})


def _json(answer: idempotency.Answer, headers: Mapping[str, str]) -> Response:
    return Response(answer.body, answer.status, headers, "application/json")


def _told(taken: Sequence[Taken]) -> Answer:
    counts = Counter(one.result for one in taken)
    items = [
        ItemAnswer(id=one.id, result=one.result.value, errors=[
            Place(pointer=pointer("items", place, *_steps(reason.field)), detail=reason.detail)
            for reason in one.reasons
        ])
        for place, one in enumerate(taken)
    ]  # fmt: skip
    return Answer(**{result.value: counts[result] for result in Result}, items=items)


def _steps(column: str) -> tuple[str, ...]:
    """Where the column of an import stands in the item."""
    for name, prefix in _NESTED.items():
        if column.startswith(prefix):
            return name, column.removeprefix(prefix)
    if "." in column:
        return _ANSWERS, column.removeprefix(f"{_ANSWERS}.")
    return (column,) if column else ()


routes = [_route(kind) for kind in KINDS]
