"""The catalogue of a set-up: what config.yaml, the templates folder and the lead schema let rules name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from engine.domain.calendars.festivals import FESTIVALS, KNOWN
from engine.domain.changes import Role
from engine.domain.post import AT_ONCE
from engine.domain.words import TALK_CHANNELS, UNKNOWN_SEVERITY, Audience, Phase
from engine.rulebook.catalogue import Catalogue, ChannelSpec, FieldSpec, FieldType
from engine.settings.model import Settings
from engine.settings.personal_model import Personal
from engine.settings.timetable import Bounds, Timetable

_EPOCHS = ("order", "owner", "registered")
_COUNTERS = ("contacts", "attempts", "orders")
_LEAD_TIMESTAMPS = ("last_contact", "last_attempt", "registered", "owner_since", "stage_since")
_AGES = (*_LEAD_TIMESTAMPS, "last_order", "last_score", "pooled")
_TEXTS = ("country", "timezone", "locale", "owner", "previous_owner", "account", "salutation", "hope")
_FLAGS = ("key", "confidential", "unsubscribed")
_COUNTS = (
    *_COUNTERS, "contacts_since_order", "contacts_since_owner", "opportunities.open",
    "account.contacts", "account.attempts", "account.orders", "last_score",
)  # fmt: skip
_SETTABLE = (
    "tier", "grade", "stage", "status", "loyalty", "temperament", "owner", "account", "salutation", "hope", "region",
    "country", "timezone", "locale", "contacts", *_FLAGS,
)  # fmt: skip
_ROLES = ("rep", "manager")
_PHASES = ("active", "ended")
_ATTRIBUTE_TYPES = {
    "text": FieldType.TEXT,
    "int": FieldType.INT,
    "number": FieldType.NUMBER,
    "bool": FieldType.BOOL,
    "date": FieldType.DATE,
    "list": FieldType.LIST,
}


def catalogue_for(
    settings: Settings, templates: Mapping[str, str], reps: frozenset[str] = frozenset()
) -> Catalogue:
    """What rules may name under these settings. `templates` maps paths below templates/ to their text."""
    words = settings.vocabularies
    fields = _by_path([*_lead_fields(settings), *_related_fields(settings), *_attributes(settings)])
    return Catalogue(
        fields=fields,
        categories=words.categories,
        date_kinds=settings.dates,
        festivals=festivals_in(settings),
        event_kinds=tuple(settings.circumstances),
        record_timestamps={"purchase.at": "purchase", "opportunity.stage_since": "opportunity"},
        lead_timestamps=(*_LEAD_TIMESTAMPS, *_last_talks(settings)),
        becomes={
            "stage": words.stages,
            "status": words.statuses,
            "grade": words.grades,
            "tier": words.tiers,
            "loyalty": words.loyalties,
            "opportunity.stage": words.stages,
        },
        due_fields=_due_fields(settings),
        outcomes=(*words.effective_outcomes, *words.attempt_outcomes),
        purposes=words.purposes,
        talk_channels=_talk_channels(settings),
        counters=_COUNTERS,
        epochs=_EPOCHS,
        templates=_template_formats(templates),
        channels={
            name: ChannelSpec(
                name, channel.kind, frozenset(channel.receivers),
                channel.post if isinstance(channel, Personal) else AT_ONCE,
            )
            for name, channel in settings.channels.items()
        },
        windows=tuple(settings.windows),
        never_open=frozenset(_never_open(settings)),
        reps=reps,
        touch_fields=_by_path(_touch_fields(settings)),
        circumstance_fields=_by_path(_circumstance_fields(settings)),
        rep_fields=_by_path(_rep_fields()),
        team_fields=_by_path(_team_fields()),
        solemn_festivals=frozenset(name for name, known in FESTIVALS.items() if not known.wishes),
        settable={path: spec for path, spec in fields.items() if path in _SETTABLE or path.startswith("attrs.")},
        gate_fields=_by_path(_gate_fields(settings, tuple(sorted(reps)))),
    )


def festivals_in(settings: Settings) -> tuple[str, ...]:
    """Every festival that rules and customers may name: those of config.yaml, then those we know."""
    corrected = (name for days in settings.calendars.values() for name in days.festival)
    return tuple(dict.fromkeys((*settings.holidays, *corrected, *KNOWN)))


def _talk_channels(settings: Settings) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*TALK_CHANNELS, *settings.channels)))


def _last_talks(settings: Settings) -> tuple[str, ...]:
    """`last.visit`: the last contact of each purpose and on each channel."""
    words = (*settings.vocabularies.purposes, *_talk_channels(settings))
    return tuple(f"last.{word}" for word in dict.fromkeys(words))


def _due_fields(settings: Settings) -> dict[str, bool]:
    """What lies ahead in records and opportunities, and attributes that are dates."""
    dates = {f"attrs.{name}": True for name, attribute in settings.attributes.items() if attribute.type == "date"}
    return {"appointment.starts": False, "contract.ends_on": True, "receivable.due_on": True,
            "opportunity.expected_close": True, **dates}  # fmt: skip


def _never_open(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Every (window, category, channel) whose windows have no hour in common, the channel left out first."""
    timetable = Timetable(settings)
    for window, category in product(settings.windows, settings.vocabularies.categories):
        for channel in ("", *settings.channel_windows):
            if not timetable.ever_opens(Bounds(window, category, channel)):
                yield window, category, channel


def _by_path(specs: Iterable[FieldSpec]) -> dict[str, FieldSpec]:
    return {spec.path: spec for spec in specs}


def _lead_fields(settings: Settings) -> Iterable[FieldSpec]:
    """The lead's own columns, counters and ages."""
    words = settings.vocabularies
    yield FieldSpec("tier", FieldType.TEXT, words.tiers, ranked=True)
    yield FieldSpec("grade", FieldType.TEXT, words.grades, ranked=True)
    yield FieldSpec("profile", FieldType.TEXT, words.profiles, ranked=True)
    yield FieldSpec("stage", FieldType.TEXT, words.stages)
    yield FieldSpec("status", FieldType.TEXT, words.statuses)
    yield FieldSpec("loyalty", FieldType.TEXT, words.loyalties)
    yield FieldSpec("temperament", FieldType.TEXT, words.temperaments)
    yield FieldSpec("last_outcome", FieldType.TEXT, (*words.effective_outcomes, *words.attempt_outcomes))
    yield from (FieldSpec(name, FieldType.TEXT) for name in _TEXTS)
    yield FieldSpec("region", FieldType.REGION)
    yield from (FieldSpec(name, FieldType.BOOL) for name in _FLAGS)
    yield from (FieldSpec(name, FieldType.INT) for name in _COUNTS)
    yield from (FieldSpec(f"age.{name}", FieldType.AGE) for name in (*_AGES, *_last_talks(settings)))
    yield FieldSpec("channels", FieldType.LIST, tuple(settings.channels))
    yield FieldSpec("portrait.completeness", FieldType.INT)
    yield FieldSpec("portrait.missing", FieldType.LIST, tuple(settings.portrait))
    yield FieldSpec("portrait.allows", FieldType.TEXT, words.profiles, ranked=True)


def _related_fields(settings: Settings) -> Iterable[FieldSpec]:
    """Those of the owner and of the nearest open opportunity."""
    yield FieldSpec("owner.team", FieldType.TEXT)
    yield FieldSpec("owner.region", FieldType.REGION)
    yield FieldSpec("owner.role", FieldType.TEXT, _ROLES)
    yield FieldSpec("owner.locale", FieldType.TEXT)
    yield FieldSpec("owner.timezone", FieldType.TEXT)
    yield FieldSpec("opportunity.stage", FieldType.TEXT, settings.vocabularies.stages)
    yield FieldSpec("opportunity.amount", FieldType.NUMBER)
    yield FieldSpec("opportunity.product", FieldType.TEXT)


def _attributes(settings: Settings) -> Iterable[FieldSpec]:
    for name, attribute in settings.attributes.items():
        spec = FieldSpec(f"attrs.{name}", _ATTRIBUTE_TYPES[attribute.type], attribute.words)
        yield spec
        if spec.type in (FieldType.TEXT, FieldType.LIST):
            yield FieldSpec(f"account.attrs.{name}", FieldType.LIST, attribute.words)
    for path, question in settings.questions.items():
        yield FieldSpec(path, _ATTRIBUTE_TYPES[question.type], question.words)


def _touch_fields(settings: Settings) -> Iterable[FieldSpec]:
    """`rule` and `step` take the ids of the rule files; the loader knows them."""
    yield FieldSpec("category", FieldType.TEXT, settings.vocabularies.categories)
    yield FieldSpec("audience", FieldType.TEXT, tuple(Audience))
    yield FieldSpec("action", FieldType.TEXT, ("remind", "greet", "digest", "assign", "set", "notify"))
    yield FieldSpec("rule", FieldType.TEXT)
    yield FieldSpec("step", FieldType.TEXT)
    yield FieldSpec("channel", FieldType.TEXT, tuple(settings.channels))
    yield FieldSpec("priority", FieldType.INT)
    yield FieldSpec("urgent", FieldType.BOOL)


def _rep_fields() -> Iterable[FieldSpec]:
    yield FieldSpec("role", FieldType.TEXT, _ROLES)
    yield FieldSpec("region", FieldType.REGION)
    yield from (FieldSpec(name, FieldType.TEXT) for name in ("team", "locale", "timezone"))
    yield FieldSpec("leads", FieldType.INT)
    yield FieldSpec("age.joined", FieldType.AGE)


def _team_fields() -> Iterable[FieldSpec]:
    yield FieldSpec("team", FieldType.TEXT)
    yield FieldSpec("members", FieldType.INT)
    yield FieldSpec("leads", FieldType.INT)


def _circumstance_fields(settings: Settings) -> Iterable[FieldSpec]:
    yield FieldSpec("kind", FieldType.TEXT, tuple(settings.circumstances))
    yield FieldSpec("phase", FieldType.TEXT, tuple(Phase))
    yield _severity("severity", settings)
    yield FieldSpec("active", FieldType.BOOL)
    yield FieldSpec("invited", FieldType.BOOL)
    yield FieldSpec("age", FieldType.AGE)


def severities_in(settings: Settings) -> tuple[str, ...]:
    """Every word for how bad an event is, the worst first, and the one that has no rank."""
    return (*settings.vocabularies.severities, UNKNOWN_SEVERITY)


def _severity(path: str, settings: Settings) -> FieldSpec:
    return FieldSpec(path, FieldType.TEXT, severities_in(settings), ranked=True, unranked=(UNKNOWN_SEVERITY,))


def _gate_fields(settings: Settings, reps: tuple[str, ...]) -> Iterable[FieldSpec]:
    """Who asks for a change, who is to get the lead, and what is to end."""
    yield FieldSpec("actor.id", FieldType.TEXT, refers=("owner", "previous_owner"))
    yield FieldSpec("actor.role", FieldType.TEXT, tuple(Role))
    yield FieldSpec("actor.team", FieldType.TEXT, refers=("owner.team",))
    yield FieldSpec("actor.region", FieldType.REGION)
    yield FieldSpec("actor.claims_today", FieldType.INT)
    yield FieldSpec("assignee", FieldType.TEXT, reps, refers=("owner", "previous_owner", "actor.id"))
    yield FieldSpec("assignee.role", FieldType.TEXT, _ROLES)
    yield FieldSpec("assignee.team", FieldType.TEXT, refers=("owner.team", "actor.team"))
    yield FieldSpec("assignee.region", FieldType.REGION)
    yield FieldSpec("assignee.leads", FieldType.INT)
    yield FieldSpec("event.kind", FieldType.TEXT, tuple(settings.circumstances))
    yield _severity("event.severity", settings)
    yield FieldSpec("event.age", FieldType.AGE)


def _template_formats(templates: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """`greeting/birthday/mail.zh-Hans.txt.j2` is the format `txt` of the template `greeting/birthday`."""
    formats: dict[str, set[str]] = {}
    for path in templates:
        folder, _, name = path.rpartition("/")
        parts = name.split(".")
        if folder and len(parts) >= 3 and parts[-1] == "j2":
            formats.setdefault(folder, set()).add(parts[-2])
    return {folder: frozenset(found) for folder, found in sorted(formats.items())}
