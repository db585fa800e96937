"""How a function becomes a page: `page` for GET, which changes nothing, and `act` for POST, which carries a token.

The functions are plain ones and run in threads: they may read and write the database as commands do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive

from engine.web.asked import Asked, ask
from engine.web.paths import HOME, login_for
from engine.web.visitors import DESK, PEOPLE, REPS, Role

__all__ = ["DESK", "PEOPLE", "REPS", "act", "hidden", "page"]

Answer = Callable[[Asked], Response]

MOST_BYTES = 64 * 1024
"""Bytes of the largest form that is read. Ours."""
MOST_FIELDS = 500


class _Serial(IntegerConvertor):
    """`{touch:serial}` in a path: a number that a key of ours can have. A longer one is no page."""

    regex = "[0-9]{1,18}"


register_url_convertor("serial", _Serial())


def page(path: str, show: Answer, roles: Collection[Role] | None = PEOPLE) -> Route:
    """A page for those roles; None: for everybody, as its own link guards it."""

    def endpoint(request: Request) -> Response:
        _insist_on_text(request, FormData())
        asked = ask(request, FormData())
        return _refusal(asked, roles) or show(asked)

    return Route(path, endpoint, methods=["GET"])


def act(path: str, do: Answer, roles: Collection[Role] | None = PEOPLE, *, own_form: bool = True) -> Route:
    """What a form of such a page does. `own_form=False`: what it needs is in its path, a signed link."""

    async def endpoint(request: Request) -> Response:
        form = await _form_of(request)

        def answer() -> Response:
            _insist_on_text(request, form)
            asked = ask(request, form)
            refusal = _refusal(asked, roles)
            if refusal is not None:
                return refusal
            if own_form and not asked.is_own_form():
                raise HTTPException(400)
            return do(asked)

        return await run_in_threadpool(answer)

    return Route(path, endpoint, methods=["POST"])


def hidden() -> HTTPException:
    """Not there, or not for him: the same page for both, so that nobody finds out ids by asking."""
    return HTTPException(404)


def _insist_on_text(request: Request, form: FormData) -> None:
    """A NUL is no text: nobody types it, and PostgreSQL takes it neither in a value nor to look for."""
    if any("\0" in one for one in (request.url.path, *request.path_params.values()) if isinstance(one, str)):
        raise hidden()
    said = (*request.query_params.values(), *form.values())
    if any("\0" in one for one in said if isinstance(one, str)):
        raise HTTPException(400)


def _refusal(asked: Asked, roles: Collection[Role] | None) -> Response | None:
    if roles is None or asked.visitor.role in roles:
        return None
    if asked.visitor.role:
        raise hidden()
    if asked.request.method == "POST":
        return asked.go(login_for(HOME))  # what the form said is gone; its address is no page
    url = asked.request.url
    return asked.go(login_for(f"{url.path}?{url.query}" if url.query else url.path))


async def _form_of(request: Request) -> FormData:
    bounded = Request(request.scope, _bounded(request.receive))
    return await bounded.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES)


def _bounded(receive: Receive) -> Receive:
    """Give up on a body that is larger than any form of ours."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            raise HTTPException(413)
        return message

    return counted
