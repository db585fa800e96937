"""Three daemons as processes on one PostgreSQL database, one of them killed: 1,500 greetings, each of them once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fleet import LEASE, Fleet, Letterbox

COUNT = 1_500


@pytest.mark.pg
def test_three_daemons_send_each_greeting_once_though_one_is_killed(pg_url: str, tmp_path: Path) -> None:
    with Letterbox() as relay:
        fleet = Fleet(pg_url, tmp_path / "home", relay)
        fleet.furnish(COUNT)
        result = fleet.share(3, kill_at=COUNT // 3)
    assert set(relay.came.values()) == {1}
    assert set(result.states) <= {"sent", "in_doubt"}
    assert result.count == COUNT
    assert result.states["sent"] <= len(relay.came) <= COUNT
    assert result.states.get("in_doubt", 0) <= 12  # what its senders had in hand
    assert all(share > COUNT // 20 for share in result.shares[1:]), result.shares
    assert result.rescued_after is not None
    assert result.rescued_after <= LEASE * 1.5 + 2
