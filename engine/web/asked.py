"""One request as the functions behind pages see it: who asks, when, in which language, and how to answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from engine.ground.errors import FollowupError
from engine.settings.web_secrets import KnownToken
from engine.stages.gates.records import Refused
from engine.store.facts.looks import record_looks
from engine.web import sessions
from engine.web.paths import path_of_ours
from engine.web.rendering import Viewer, render
from engine.web.sessions import Session
from engine.web.site import Site
from engine.web.visitors import NOBODY, PROGRAMS, Visitor, rep_visitor
from engine.web.wording import LANGUAGES, Translate, accepted_language, language_of, translator

_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Asked:
    """Whoever asks, and what he asks for. `form` is empty unless it is a POST; `now` is seconds UTC."""

    request: Request
    site: Site
    visitor: Visitor
    called: str
    session: Session | None
    language: str
    zone: str
    now: int
    form: FormData

    @property
    def t(self) -> Translate:
        """The words of the page in the visitor's language."""
        return translator(self.language)

    def why(self, error: FollowupError) -> str:
        """What kept it from being done, in the visitor's language where a gate speaks it."""
        return error.said_in(self.language) if isinstance(error, Refused) else str(error)

    def field(self, name: str) -> str:
        """A field of the form as text; "" if it was not sent."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """The page that a template of pages/ makes. A form in it takes its token from `csrf()`."""
        forms: list[str] = []

        def csrf() -> str:
            forms.append(self._nonce)
            return sessions.form_token(self._nonce, self.site.keys)

        viewer = Viewer(self.visitor, self.called, self.language, self.zone, self.request.url.path)
        response = HTMLResponse(render(template, viewer, csrf, context), status)
        if forms and self.session is None:
            self.put_cookie(response, form_cookie(self.site), self._nonce)
        return response

    def go(self, path: str) -> Response:
        """On to another page of ours, after a POST or where nobody is logged in."""
        return RedirectResponse(path_of_ours(path), 303)

    def looked_at(self, leads: Collection[str], page: str) -> None:
        """Put down that this visitor saw those leads on the page `page`, its route without ids."""
        with self.site.db.writing() as connection:
            record_looks(connection, leads, page, self.visitor.name, self.visitor.role, self.now)

    def is_own_form(self) -> bool:
        """Whether the form was made by a page of ours for this visitor."""
        elsewhere = self.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        return not elsewhere and sessions.is_form_token(self.field("csrf"), self._nonce, self.site.keys)

    def put_cookie(self, response: Response, name: str, value: str) -> None:
        """Set a cookie that only we read: until the browser is closed, or our own signature is too old."""
        response.set_cookie(name, value, path="/", secure=self.site.secure, httponly=True, samesite="lax")

    def drop_cookie(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, path="/", secure=self.site.secure, httponly=True, samesite="lax")

    @cached_property
    def _nonce(self) -> str:
        """What forms are bound to: the session, or before there is one a cookie of its own."""
        if self.session is not None:
            return self.session.nonce
        held = self.request.cookies.get(form_cookie(self.site), "")
        return held if _NONCE.fullmatch(held) else secrets.token_urlsafe(16)


def ask(request: Request, form: FormData) -> Asked:
    """Find out who asks. Reads the database where it is a rep."""
    site: Site = request.app.state.site
    now = site.clock.now()
    defaults = site.settings.defaults
    session = sessions.read_session(request.cookies.get(session_cookie(site), ""), site.keys, now)
    who = _STRANGER if session is None else _who(site, session)
    if who is _STRANGER:
        session = None
    language = _language(request, site, who.locale)
    return Asked(
        request, site, who.visitor, who.called, session, language, who.zone or defaults.timezone, now, form
    )


def _language(request: Request, site: Site, locale: str) -> str:
    """What he chose; else that of the rep; else what his browser likes best; else the house's."""
    chosen = request.cookies.get(language_cookie(site), "")
    if chosen in LANGUAGES:
        return chosen
    default = site.settings.defaults.locale
    if locale:
        return language_of(locale, default)
    return accepted_language(request.headers.get("accept-language", ""), default)


def session_cookie(site: Site) -> str:
    """The cookie's name; over https one that no other host of the domain can set."""
    return "__Host-followup" if site.secure else "followup"


def form_cookie(site: Site) -> str:
    """The name of the cookie that binds forms before there is a session."""
    return "__Host-followup-form" if site.secure else "followup-form"


def language_cookie(site: Site) -> str:
    """The name of the cookie that remembers a chosen language."""
    return "__Host-followup-language" if site.secure else "followup-language"


class _Who(NamedTuple):
    """A visitor, how he is called, and his locale and zone if he is a rep."""

    visitor: Visitor
    called: str
    locale: str
    zone: str


_STRANGER = _Who(NOBODY, "", "", "")


def _who(site: Site, session: Session) -> _Who:
    """Who a session is today; _STRANGER if it has ended."""
    known = sessions.still_known(session, site.tokens) if session.token else None
    if session.token and (known is None or known.told.role in PROGRAMS):
        return _STRANGER
    if session.rep:
        return _rep(site, session, known)
    return _Who(Visitor(known.told.role, "", session.token), session.token, "", "") if known else _STRANGER


def _rep(site: Site, session: Session, known: KnownToken | None) -> _Who:
    """A rep as he is now; by a link he has the role that the book gives him."""
    with site.db.reading() as connection:
        found = rep_visitor(connection, session.rep)
    if found is None:
        return _STRANGER
    visitor, rep = found
    role = visitor.role if known is None else known.told.role
    return _Who(Visitor(role, rep.id, session.token or rep.id), rep.name, rep.locale, rep.timezone)
