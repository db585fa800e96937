"""The contract, held by every kind of channel that config.yaml may name. Its tests are in adapters/testing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.testing.contract import ChannelContract, FarSide
from engine.service.channels.kinds import KINDS
from tests.contract.far_sides import FAR_SIDES


class TestEveryChannel(ChannelContract):
    @pytest.fixture(params=FAR_SIDES)
    def far_side(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FarSide]:
        with FAR_SIDES[request.param](tmp_path) as far_side:
            yield far_side


def test_no_kind_is_without_a_row() -> None:
    assert set(FAR_SIDES) == set(KINDS)
