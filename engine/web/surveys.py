"""/survey/TOKEN: a customer says how satisfied he is, from the link of a message, without a session.

Opening it changes nothing. The page says nothing of the customer: the link may have been passed on.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from engine.domain.links import BadLink, Purpose, verify
from engine.domain.talks import SCORES
from engine.stages.compose.receivers import known_zone
from engine.stages.surveys import LONGEST, Survey, survey_of, take_answer
from engine.web.asked import Asked
from engine.web.paths import path_of_ours
from engine.web.routing import act, hidden, page
from engine.web.wording import language_of

PATH = "/survey/{token}"


def _show(asked: Asked) -> Response:
    survey, his = _open(asked)
    return _form(his, "", 200) if survey.use is None else _thanks(his, survey)


def _answer(asked: Asked) -> Response:
    survey, his = _open(asked)
    if survey.use is not None:
        return _thanks(his, survey)
    said = asked.field("score")
    if said not in _scores():
        return _form(his, his.t("survey.no_score"), 400)
    take_answer(asked.site.db, asked.site.settings, survey, int(said), asked.field("comment"), asked.now)
    return asked.go(path_of_ours(asked.request.url.path))


def _open(asked: Asked) -> tuple[Survey, Asked]:
    """What the token opens, in the customer's language. A link that does not hold looks like a page that is not there.
    """
    site = asked.site
    try:
        link = verify(asked.request.path_params["token"], Purpose.SURVEY, site.keys, asked.now)
    except BadLink:
        raise hidden() from None
    with site.db.reading() as connection:
        survey = survey_of(connection, link)
    if survey is None:
        raise hidden()
    defaults = site.settings.defaults
    language, zone = language_of(survey.locale, defaults.locale), known_zone(survey.zone, defaults.timezone)
    return survey, replace(asked, language=language, zone=zone)


def _form(asked: Asked, problem: str, status: int) -> Response:
    company = asked.site.settings.company.name
    return asked.page(
        "survey.html", status, company=company, scores=_scores(), problem=problem, longest=LONGEST, field=asked.field
    )


def _thanks(asked: Asked, survey: Survey) -> Response:
    return asked.page("survey_thanks.html", company=asked.site.settings.company.name, use=survey.use)


def _scores() -> list[str]:
    worst, best = SCORES
    return [str(score) for score in range(worst, best + 1)]


routes = [page(PATH, _show, None), act(PATH, _answer, None, own_form=False)]
