"""A channel of config.yaml whose kind a plug-in offers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

from pydantic import ConfigDict, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from engine.settings.channel_model import ChannelModel, Form
from engine.settings.plugins import NoPlugin, Offer, offer_of

Reached = Literal["lead", "rep", "system"]


class PluggedIn(ChannelModel):
    """Its keys but these two are the plug-in's own, which its own model checks."""

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: str
    receivers: tuple[Reached, ...] = ()

    _offer: Offer = PrivateAttr()
    _options: Any = PrivateAttr()

    @property
    def form(self) -> Form:  # type: ignore[override]  # of our own kinds it is known beforehand
        plugin = self._offer.plugin
        if plugin.group:
            return Form.GROUP
        return Form.CHAT if plugin.capabilities.markdown else Form.MAIL

    @property
    def addressed_by(self) -> str:  # type: ignore[override]
        return self._offer.plugin.addressed_by

    @property
    def offer(self) -> Offer:
        """Its plug-in."""
        return self._offer

    @property
    def options(self) -> Any:
        """Its own keys, as its model or as a mapping."""
        return self._options

    def references(self) -> Mapping[str, Any]:
        """What stands in the keys of its secrets; "" where nothing does."""
        found = self._options
        given = found if isinstance(found, Mapping) else vars(found)
        return {key: given.get(key) or "" for key in self._offer.plugin.secrets}

    @model_validator(mode="after")
    def _as_its_plugin_takes_it(self) -> Self:
        self._offer = _offered(self.kind)
        self._options = _checked(self._offer.plugin.config, self.model_extra or {})
        able = tuple(one for one in get_args(Reached) if one in self._offer.plugin.capabilities.receivers)
        _must_reach(able, self.receivers)
        return self if self.receivers else self.model_copy(update={"receivers": able})


def _must_reach(able: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    for index, receiver in enumerate(wanted):
        if receiver not in able:
            context = {"expected": ", ".join(f"'{one}'" for one in able)}
            error = PydanticCustomError("literal_error", "not reached", context)
            raise _error(error, ("receivers", index), receiver)


def _offered(kind: str) -> Offer:
    try:
        offer = offer_of(kind)
    except NoPlugin as error:
        raise _error(PydanticCustomError("plugin_broken", "no use", {"why": str(error)}), ("kind",), kind) from error
    if offer is None:
        raise _error(PydanticCustomError("plugin_unknown", "not known"), ("kind",), kind)
    return offer


def _checked(model: type[Any] | None, found: dict[str, Any]) -> Any:
    """The plug-in's own keys, by its own model. Through JSON, as all of config.yaml: text stays text."""
    return found if model is None else model.model_validate_json(json.dumps(found), strict=True)


def _error(error: PydanticCustomError, where: tuple[str | int, ...], found: object) -> ValidationError:
    return ValidationError.from_exception_data(
        "PluggedIn", [InitErrorDetails(type=error, loc=where, input=found)], input_type="json"
    )
