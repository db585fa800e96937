"""Why rules fire for a customer, or do not: `followup explain` as a page, by the rules in force."""

from __future__ import annotations

from starlette.responses import Response

from engine.desk.explain import RuleStory, explain
from engine.rulebook.wording import value_text
from engine.web.asked import Asked
from engine.web.board.lead import customer_seen
from engine.web.board.rows import BOARD, query
from engine.web.routing import hidden, page


def _explain(asked: Asked) -> Response:
    lead_id, rule = asked.request.path_params["lead"], query(asked, "rule")
    with asked.site.db.reading() as connection:
        customer_seen(asked, connection, lead_id)
        generation = asked.site.books.active(connection)
        if generation is None or (rule and generation.book.rule(rule) is None):
            raise hidden()
        told = explain(connection, asked.site.settings, generation.book, lead_id, asked.now, rule)
    asked.looked_at([lead_id], "/board/explain/{lead}")
    stories = sorted(told.rules, key=_interest)
    return asked.page(
        "board_explain.html", told=told, stories=stories, rule=rule, generation=generation, value=value_text
    )


def _interest(story: RuleStory) -> int:
    """What is under way or coming first, then what would have if one thing were different, then the rest."""
    return 0 if story.is_ahead or story.touches else 1 if story.near_miss else 2


routes = [page("/board/explain/{lead:path}", _explain, BOARD)]
