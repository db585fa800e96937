"""Who gets a touch and where: the address on each channel, the zone, the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from engine.domain.civil import zone
from engine.domain.words import Audience
from engine.settings.caldav_model import Caldav
from engine.settings.channel_kinds import ChannelConfig
from engine.settings.channel_model import Form
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.settings.wecom_external_model import WecomExternal
from engine.store.outbox.compose_rows import LeadRow, Material, RepRow, TouchRow

_ADDRESS_OF = {"email": "email", "sms": "phone", "wecom": "wecom"}
"""The field behind a channel's name, where a file or the console stands in for the real channel."""


def channels_by(field: str, settings: Settings) -> tuple[str, ...]:
    """The configured channels that reach customers by that field of theirs (email, phone, wecom)."""
    return tuple(
        name for name, config in settings.channels.items()
        if "lead" in config.receivers and _field(name, config) == field
    )  # fmt: skip


def besides_mail(lead: Any, via: Sequence[str], settings: Settings) -> list[str]:
    """Those of the channels that are not e-mail, and on which the lead (with email, phone and wecom) has an address."""
    fields = {name: _field(name, settings.channels[name]) for name in via if name in settings.channels}
    return [name for name, field in fields.items() if field is None or (field != "email" and getattr(lead, field))]


def _field(channel: str, config: ChannelConfig) -> str | None:
    if isinstance(config, Caldav):
        return config.user
    if isinstance(config, Personal):
        return "phone" if config.by == "phone" else None
    return config.addressed_by or _ADDRESS_OF.get(channel)


def usual_ways(rep: Any, settings: Settings) -> list[str]:
    """The channels of a message to a rep (a row, or None) whose step names none: those that reach reps, in his own
    order, else in that of config.yaml."""
    own = rep.channels if rep is not None else None
    mine = [name for name in own or () if name in settings.channels] or settings.defaults.via
    return [name for name in mine if name not in settings.channels or "rep" in settings.channels[name].receivers]


class Receiver(NamedTuple):
    """One receiver, as a delivery names him."""

    id: str
    name: str
    timezone: str
    locale: str
    person: LeadRow | RepRow


def receiver_of(touch: TouchRow, material: Material) -> Receiver | None:
    """The touch's receiver; None if he is not in the book."""
    if touch.audience == Audience.SYSTEM:
        return _program(touch, material)
    people = material.leads if touch.audience == Audience.LEAD else material.reps
    person: LeadRow | RepRow | None = people.get(touch.receiver)
    if person is None:
        return None
    return Receiver(person.id, person.name, person.timezone, person.locale, person)


def _program(touch: TouchRow, material: Material) -> Receiver | None:
    """Another program: it has the name of its channel, and reads of the lead in his own language."""
    lead = material.leads.get(touch.lead)
    return Receiver(touch.receiver, touch.receiver, lead.timezone, lead.locale, lead) if lead else None


def known_zone(name: str, otherwise: str) -> str:
    """The zone's name, or the other one if there is no such zone: a bad row must not stop the rest."""
    try:
        zone(name)
    except ValueError:
        return otherwise
    return name


def tried_channels(row: Any) -> list[str]:
    """The channels that have failed a touch; not those that it has passed over."""
    if not row.via_index:
        return []
    return [name for name in row.via[: row.via_index] if name not in (row.passed_over or {})]


class Way(NamedTuple):
    """The channel that is taken: its place in `via` (behind the last: none), the address there, and why each one
    before it is passed over (one word)."""

    place: int
    address: str
    passed_over: dict[str, str]


def first_way(
    touch: TouchRow, receiver: Receiver, settings: Settings, confidential: bool, opens: Callable[[str], bool],
    owner: RepRow | None,
) -> Way:  # fmt: skip
    """The first channel from `via_index` on that reaches him and opens in time; where none does, that reaches him.

    Of a `confidential` lead nothing is said where a whole group reads it. What a lead's `owner` sends himself needs
    one.
    """
    passed: dict[str, str] = {}
    closed: Way | None = None
    for place, channel in enumerate(touch.via[touch.via_index :], touch.via_index):
        address = _address(channel, touch.audience, receiver, settings)
        if owner is None and isinstance(settings.channels.get(channel), Personal):
            address = ""
        if isinstance(settings.channels.get(channel), WecomExternal):
            address = _from_owner(owner, address)
        why = "group" if confidential and _is_group(settings.channels.get(channel)) else ""
        why = why or ("" if address else _why_none(channel, touch.audience, settings))
        if not why and opens(channel):
            return Way(place, address, passed)
        if not why and closed is None:
            closed = Way(place, address, dict(passed))
        passed[channel] = why or "closed"
    return closed or Way(len(touch.via), "", passed)


def _why_none(channel: str, audience: str, settings: Settings) -> str:
    config = settings.channels.get(channel)
    if config is None:
        return "no_channel"
    return "no_address" if _KIND_OF.get(audience, "rep") in config.receivers else "other_receivers"


_KIND_OF = {Audience.LEAD.value: "lead", Audience.SYSTEM.value: "system"}


def _address(channel: str, audience: str, receiver: Receiver, settings: Settings) -> str:
    """His address on the channel, or "" if it does not reach him.

    A file or console channel that stands for no kind of address takes whoever it is, by id; so does the robot of a
    group, in which he cannot be mentioned then.
    """
    config = settings.channels.get(channel)
    reached = _KIND_OF.get(audience, "rep")
    if config is None or reached not in config.receivers:
        return ""
    if audience == Audience.SYSTEM:
        return f"{reached}#{receiver.id}"
    field = _field(channel, config)
    if field is None:
        return f"{reached}#{receiver.id}"
    named = getattr(receiver.person, field) or ""
    return named or (f"{reached}#{receiver.id}" if _is_group(config) else "")


def _from_owner(owner: RepRow | None, customer: str) -> str:
    """The address of what goes from one member's WeCom to one customer; "" without either."""
    return f"{owner.wecom}/{customer}" if owner is not None and owner.wecom and customer else ""


def _is_group(config: ChannelConfig | None) -> bool:
    return config is not None and config.form is Form.GROUP
