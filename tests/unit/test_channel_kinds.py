"""A kind that config.yaml may name can be built, and no builder is left without a kind."""

from __future__ import annotations

from typing import get_args

from engine.service.channels.kinds import KINDS
from engine.settings.model import ChannelConfig


def test_every_kind_of_the_settings_has_a_builder() -> None:
    models = get_args(get_args(ChannelConfig)[0])
    assert set(KINDS) == {kind for model in models for kind in get_args(model.model_fields["kind"].annotation)}
