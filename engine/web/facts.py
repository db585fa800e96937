"""The five groups of facts on a customer's page: what is known of each, and a form for attributes of config.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.settings.model import Attribute, Settings
from engine.stages import acts
from engine.stages.compose.gathered import region_in_words
from engine.store.lookups.customers import Row
from engine.web.asked import Asked
from engine.web.portrait import Asking, label_of

PATH = "/facts/{lead:path}"
GROUPS = ("basic", "business", "personal", "logistics", "trade")


class Group(NamedTuple):
    """One group: its attributes as fields of the form; the page adds what it knows besides."""

    name: str
    asking: tuple[Asking, ...]

    @property
    def known(self) -> tuple[Asking, ...]:
        return tuple(one for one in self.asking if one.value)


def shown(settings: Settings, lead: Row) -> Mapping[str, Any]:
    """What the page of a customer needs for its part about facts."""
    fields = list(_fields(settings, lead))
    groups = [Group(name, tuple(one for of, one in fields if of == name)) for name in GROUPS]
    return {"groups": groups, "place": region_in_words(lead["region"] or "")}


def _fields(settings: Settings, lead: Row) -> Iterator[tuple[str, Asking]]:
    for name, attribute in settings.attributes.items():
        yield attribute.group, _asking(name, attribute, lead["attrs"].get(name))


def _asking(name: str, attribute: Attribute, value: Any) -> Asking:
    several = attribute.type == "list"
    words = ("true", "false") if attribute.type == "bool" else attribute.words
    return Asking(f"attrs.{name}", label_of(name, attribute), words, several, _written(value))


def _written(value: Any) -> str:
    """As an import writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(map(str, value))
    return "" if value is None else str(value)


def write(asked: Asked, lead: Row) -> None:
    """Take what the form says where it differs from what is known; an empty field clears."""
    settings = asked.site.settings
    fields = {one.path: one.value for _, one in _fields(settings, lead)}
    said = {path: asked.field(path).strip() for path in fields if path in asked.form}
    changed = {path: text for path, text in said.items() if text != fields[path]}
    if changed:
        actor = asked.visitor.rep or asked.visitor.name
        acts.set_lead(asked.site.db, settings, asked.site.gates(), lead["id"], changed, actor, asked.now)
