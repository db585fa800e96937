"""/metrics: figures for Prometheus. For a token of role `monitor`, or from this very machine without one."""

from __future__ import annotations

import ipaddress
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from engine.desk.lateness import lags
from engine.store import state, tallies
from engine.store.aside import rows as malformed_rows
from engine.store.book.generations import active_id
from engine.store.lookups import gauges
from engine.store.upgrade import revisions
from engine.web import sessions
from engine.web.attempts import Attempts
from engine.web.exposition import CONTENT_TYPE, Standing, exposition
from engine.web.site import Site


def _metrics(request: Request) -> Response:
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    return Response(exposition(standing(request.app.state.site)), headers={"Content-Type": CONTENT_TYPE})


def standing(site: Site) -> Standing:
    """How the house stands now: a bounded number of statements, see gauges."""
    now, store_now = site.clock.now(), site.db.now()
    with site.db.reading() as connection:
        known = state.facts(connection, [
            state.LAST_TICK, state.REJECTED_RELOAD, state.IN_FORCE, state.RESTING_RELAYS, "inbox",
            *(f"feed:{name}" for name in site.settings.feeds),
        ])  # fmt: skip
        generation = site.books.active(connection)
        resting: dict[str, list[Any]] = _value(known, state.RESTING_RELAYS, {})
        inbox = _value(known, "inbox", {})
        return Standing(
            version("followup"), revisions()[-1],
            touches=gauges.touches_that_wait(connection, now),
            deliveries=gauges.deliveries_that_wait(connection, list(site.settings.channels), now),
            lags=lags(connection, now),
            lapsed=gauges.lapsed_leases(connection, store_now),
            limits_closed=gauges.closed_limits(connection, store_now),
            relays_resting=sum(len(relays) for relays in resting.values()),
            pauses=gauges.pauses_by_scope(connection),
            generation=active_id(connection),
            in_force=_value(known, state.IN_FORCE, None),
            quarantined=len(generation.book.quarantined) if generation else 0,
            malformed=malformed_rows.how_many(connection),
            rejected_at=_at(known, state.REJECTED_RELOAD),
            last_tick_at=_at(known, state.LAST_TICK),
            sources={name: one for name, one in gauges.sources_stand(connection).items()
                     if name in site.settings.sources},
            feeds={name: _looked(_value(known, f"feed:{name}", {})) for name in site.settings.feeds},
            inbox=_looked(inbox) if site.settings.inbox is not None else None,
            letters=inbox.get("letters", {}),
            tallies=tallies.counted(connection),
        )  # fmt: skip


def _value(known: dict[str, state.Fact], name: str, otherwise: Any) -> Any:
    return known[name].value if name in known else otherwise


def _at(known: dict[str, state.Fact], name: str) -> int | None:
    return known[name].at if name in known else None


def _looked(fact: dict[str, Any]) -> tuple[int | None, bool]:
    return fact.get("ok_at"), bool(fact.get("away"))


def _refusal(request: Request) -> Response | None:
    """None for a token of role `monitor`, and for who asks this machine by its own name, through no proxy."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if not secret and _is_from_here(request):
        return None
    site: Site = request.app.state.site
    attempts: Attempts = request.app.state.attempts
    now, client = site.clock.now(), request.client.host if request.client else ""
    if attempts.exhausted(client, now):
        return PlainTextResponse("too many wrong tokens from this address\n", 429)
    known = sessions.token_of(secret.strip(), site.tokens) if kind.lower() == "bearer" else None
    if known is not None and known.told.role == "monitor":
        return None
    if secret:
        attempts.failed(client, now)
    realm = {"WWW-Authenticate": 'Bearer realm="followup"'}
    return PlainTextResponse("send the header Authorization: Bearer TOKEN, a token of role monitor\n", 401, realm)


def _is_from_here(request: Request) -> bool:
    """A proxy on this machine is no visitor from here: it hands its own Host on, or says for whom it asks."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    client = request.client.host if request.client else ""
    forwarded = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"} & set(request.headers)
    return not forwarded and _is_loopback(host) and _is_loopback(client)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


routes = [Route("/metrics", _metrics, methods=["GET"])]
