"""Coming in and going out: a token at /login, or the link of a digest."""

from __future__ import annotations

from starlette.responses import Response

from engine.domain.links import BadLink, Purpose, verify
from engine.web import sessions
from engine.web.asked import Asked, form_cookie, session_cookie
from engine.web.attempts import Attempts
from engine.web.paths import HOME, LOGIN, path_of_ours
from engine.web.routing import PEOPLE, act, hidden, page
from engine.web.sessions import Session
from engine.web.visitors import PROGRAMS, rep_visitor


def _show(asked: Asked) -> Response:
    after = path_of_ours(asked.request.query_params.get("next", HOME))
    if asked.visitor.role:
        return asked.go(after)
    return asked.page("login.html", after=after, problem="")


def _log_in(asked: Asked) -> Response:
    attempts: Attempts = asked.request.app.state.attempts
    client = asked.request.client.host if asked.request.client else ""
    after = path_of_ours(asked.field("next"))
    if attempts.exhausted(client, asked.now):
        return asked.page("login.html", 429, after=after, problem=asked.t("login.too_many"))
    known = sessions.token_of(asked.field("token").strip(), asked.site.tokens)
    if known is None or known.told.role in PROGRAMS or not _is_here(asked, known.told.rep):
        attempts.failed(client, asked.now)
        return asked.page("login.html", 401, after=after, problem=asked.t("login.wrong"))
    return _begin(asked, sessions.token_session(known, asked.now), after)


def _log_out(asked: Asked) -> Response:
    response = asked.go(LOGIN)
    asked.drop_cookie(response, session_cookie(asked.site))
    return response


def _by_link(asked: Asked) -> Response:
    """The link of a rep's digest: a session as that rep, and his day. It may be used until it expires."""
    try:
        link = verify(asked.request.path_params["token"], Purpose.DAY, asked.site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    if not _is_here(asked, link.subject):
        raise hidden()
    after = path_of_ours(asked.request.query_params.get("next", "/day"))
    return _begin(asked, sessions.rep_session(link.subject, asked.now), after)


def _begin(asked: Asked, session: Session, path: str) -> Response:
    response = asked.go(path)
    asked.put_cookie(response, session_cookie(asked.site), sessions.write_session(session, asked.site.keys))
    asked.drop_cookie(response, form_cookie(asked.site))
    return response


def _is_here(asked: Asked, rep_id: str) -> bool:
    """Whether there is that rep, and he has not left; true for those who are no reps."""
    if not rep_id:
        return True
    with asked.site.db.reading() as connection:
        return rep_visitor(connection, rep_id) is not None


routes = [
    page(LOGIN, _show, None),
    act(LOGIN, _log_in, None),
    act("/logout", _log_out, PEOPLE),
    page("/day/{token}", _by_link, None),
]
