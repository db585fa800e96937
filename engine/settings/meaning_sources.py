"""What a source of config.yaml must be: one that can be read, whose columns are ours, and that writes nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.domain.people import LEAD_COLUMNS
from engine.domain.records import RECORD_COLUMNS
from engine.domain.talks import TALK_COLUMNS
from engine.ground.durations import parse_duration
from engine.settings.meaning_calendars import unknown_zone
from engine.settings.meaning_webhooks import REFERENCE_HINT
from engine.settings.model import Settings
from engine.settings.secrets import is_reference
from engine.settings.source_model import Source
from engine.settings.wording import Location, Mistake, did_you_mean

TOLD = ("key", "owner", "status", "last_contact")
"""What a statement that writes back may use."""
LONGEST = 31 * 86_400
_PASSWORD_IN_URL = re.compile(r"[^/]*//[^/@]*:[^/@]+@")
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_NEEDED = {
    "leads": ("id", "name"),
    "records": ("id", "lead", "kind"),
    "interactions": ("id", "lead", "at", "outcome"),
}


def source_mistakes(settings: Settings) -> Iterator[Mistake]:
    """Every mistake of every source."""
    for name, source in settings.sources.items():
        where: Location = ("sources", name)
        yield from _url(where, source)
        yield from _question(where, source)
        yield from _columns(where, source, settings)
        yield from _ownership(where, source)
        yield from _deletions(where, source, settings)
        yield from _spans(where, source)
        yield from unknown_zone((*where, "timezone"), source.timezone)
        yield from _write_back(where, source)


def _url(where: Location, source: Source) -> Iterator[Mistake]:
    path = (*where, "url")
    if is_reference(source.url):
        return
    if "://" not in source.url:
        hint = "write env:NAME, or e.g. sqlite:///crm.sqlite"
        yield Mistake(path, "C116", "url is neither a SQLAlchemy URL nor a reference", hint)
    elif _PASSWORD_IN_URL.match(source.url):
        yield Mistake(path, "C115", "a secret must not stand in config.yaml", REFERENCE_HINT)


def _question(where: Location, source: Source) -> Iterator[Mistake]:
    name = where[-1]
    if bool(source.table) == bool(source.query):
        yield Mistake(where, "C119", f"{name} needs a table or a query, and not both", on_key=True)
    if source.query and not re.match(r"\s*(select|with)\b", source.query, re.IGNORECASE):
        yield Mistake((*where, "query"), "C119", f"the query of {name} is not a SELECT", "theirs is only read")
    key = source.key or next((theirs for theirs, ours in source.columns.items() if ours == "id"), "")
    if source.deleted_flag.removeprefix("not ") in (key, source.watermark, *source.columns) and source.deleted_flag:
        yield Mistake((*where, "deleted_flag"), "C119", f'"{source.deleted_flag}" is read as something else already')


def _columns(where: Location, source: Source, settings: Settings) -> Iterator[Mistake]:
    known = known_columns(source, settings)
    for theirs, ours in source.columns.items():
        if ours not in known:
            message = f'there is no column "{ours}" of {source.kind}'
            yield Mistake((*where, "columns", theirs), "C111", message, _column_hint(ours, known))
    taken = list(source.columns.values())
    for ours in sorted({one for one in taken if taken.count(one) > 1}):
        yield Mistake((*where, "columns"), "C113", f'two columns become "{ours}"', "keep one of them", on_key=True)
    missing = [one for one in _NEEDED[source.kind] if one not in taken]
    if missing:
        message = f"no column becomes {' or '.join(missing)}"
        yield Mistake((*where, "columns"), "C119", message, f"{source.kind} need them", on_key=True)


def known_columns(source: Source, settings: Settings) -> tuple[str, ...]:
    """Our columns that a source of that kind may fill."""
    if source.kind != "leads":
        return RECORD_COLUMNS if source.kind == "records" else TALK_COLUMNS
    dates = tuple(f"date.{kind}" for kind in settings.dates)
    return LEAD_COLUMNS + dates + tuple(f"attrs.{name}" for name in settings.attributes) + tuple(settings.questions)


def _column_hint(ours: str, known: tuple[str, ...]) -> str:
    hint = did_you_mean(ours, known)
    if hint or not ours.startswith(("attrs.", "date.")):
        return hint
    return f"declare it under {'attributes' if ours.startswith('attrs.') else 'dates'}"


def _ownership(where: Location, source: Source) -> Iterator[Mistake]:
    taken = tuple(source.columns.values())
    for key in ("owned_by_source", "owned_by_followup"):
        for index, ours in enumerate(getattr(source, key)):
            path: Location = (*where, key, index)
            if source.kind != "leads":
                yield Mistake(path, "C119", f"{source.kind} belong to their source", "only fields of leads are shared")
            elif ours not in taken:
                yield Mistake(path, "C111", f'no column becomes "{ours}"', did_you_mean(ours, taken))
            elif key == "owned_by_followup" and ours in source.owned_by_source:
                yield Mistake(path, "C113", f'"{ours}" is owned by both', "keep one of them")


def _deletions(where: Location, source: Source, settings: Settings) -> Iterator[Mistake]:
    if source.kind != "leads":
        for key in ("deleted_flag", "write_back"):
            if getattr(source, key):
                yield Mistake((*where, key), "C119", f"{source.kind} have no {key}", "only leads have")
    elif source.deletions == "gone" and "gone" not in settings.vocabularies.statuses:
        message = 'deletions become the status "gone", which vocabularies.statuses does not have'
        yield Mistake(where, "C111", message, "add it, or write deletions: ignore", on_key=True)


def _spans(where: Location, source: Source) -> Iterator[Mistake]:
    for key, least in (("every", 10), ("overlap", 0)):
        text = getattr(source, key)
        try:
            seconds = span_seconds(text)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield Mistake((*where, key), "C110", message, hint)
            continue
        if not least <= seconds <= LONGEST:
            yield Mistake((*where, key), "C110", f'"{text}" is no such span', "write e.g. 5m, 2h or 1d")


def span_seconds(text: str) -> int:
    """A span in seconds; -1 where it has no certain length (months, working time). ValueError: it is no duration."""
    span = parse_duration(text)
    return -1 if span.months or span.needs_office_calendar else span.days * 86_400 + span.seconds


def _write_back(where: Location, source: Source) -> Iterator[Mistake]:
    if not source.write_back or source.kind != "leads":
        return
    path = (*where, "write_back")
    if not re.match(r"\s*update\b", source.write_back, re.IGNORECASE) or ";" in source.write_back.rstrip().rstrip(";"):
        hint = "write e.g. UPDATE crm SET rep = :owner WHERE id = :key"
        yield Mistake(path, "C119", "write_back is not one UPDATE", hint)
        return
    used = _PARAMETER.findall(source.write_back)
    for name in used:
        if name not in TOLD:
            yield Mistake(path, "C111", f'write_back cannot tell ":{name}"', f"use :{', :'.join(TOLD)}")
    if "key" not in used:
        yield Mistake(path, "C119", "write_back does not say which row", "end it with WHERE ... = :key")
