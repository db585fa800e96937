"""The short form of the crash matrix: a customer's message, at each of the eight points, on SQLite.

`make crash-matrix` plays all 32 cells: reps and PostgreSQL as well.
"""

from __future__ import annotations

import pytest

from tests.crashes.cell import Cell
from tests.crashes.matrix import Shown, play
from tests.crashes.points import Point, tabled


@pytest.mark.slow
def test_a_customer_has_one_message_at_most_wherever_the_daemon_is_killed() -> None:
    shown = play([Cell(point, "lead", "sqlite") for point in Point], parallel=2)
    assert shown == {cell: Shown(str(tabled(cell.point, "lead")), True) for cell in shown}


def test_the_table_says_what_was_promised() -> None:
    promised = {
        "lead": [("sent", 1)] * 3 + [("in_doubt", 0)] * 2 + [("in_doubt", 1)] * 2 + [("sent", 1)],
        "rep": [("sent", 1)] * 5 + [("sent", 2)] * 2 + [("sent", 1)],
    }
    for audience, outcomes in promised.items():
        assert [(one.state, one.copies) for one in (tabled(point, audience) for point in Point)] == outcomes
        assert {one.message_ids for one in (tabled(point, audience) for point in Point)} <= {0, 1}
