"""A kind that config.yaml may name can be built, and no builder is left without a kind."""

from __future__ import annotations

from engine.service.channels.kinds import KINDS
from engine.settings.channel_kinds import OUR_KINDS


def test_every_kind_of_the_settings_has_a_builder() -> None:
    assert sorted(KINDS) == sorted(OUR_KINDS)
