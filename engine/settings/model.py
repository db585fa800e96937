"""config.yaml as frozen models. Every key is documented here; `docs/` shows them with examples.

Secrets are never literals: `env:NAME`, `file:PATH` or `cred:NAME` (a systemd credential), see secrets.py.
Wall times are `"HH:MM"`, days `mon-fri`, zones IANA names.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from engine.domain.dates import DatePolicy
from engine.settings.channel_kinds import ChannelConfig
from engine.settings.database_model import DatabaseAt, DatabaseConfig
from engine.settings.feed_model import Feed
from engine.settings.gift_model import Gifts
from engine.settings.inbox_model import Inbox
from engine.settings.portrait_model import PORTRAIT, QUESTIONNAIRES, Portrait, Question, Questionnaires
from engine.settings.retention_model import Retention
from engine.settings.source_model import Source
from engine.settings.spoken_model import Words
from engine.settings.web_model import Web

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Model(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Vocabularies(Model):
    """The words a lead's fields may take. Tiers, grades, profiles and severities are ranked, downwards."""

    tiers: tuple[str, ...] = ("platinum", "gold", "iron", "lead")
    grades: tuple[str, ...] = ("A", "B", "C", "D")
    stages: tuple[str, ...] = ("new", "contacted", "need", "design", "quote", "won", "lost")
    statuses: tuple[str, ...] = ("active", "suspended", "pooled", "gone")
    loyalties: tuple[str, ...] = ("potential", "new", "regular", "old", "loyal")
    temperaments: tuple[str, ...] = ("tiger", "peacock", "koala", "owl")
    profiles: tuple[str, ...] = ("brother", "friend", "teacher", "doctor")
    severities: tuple[str, ...] = ("extreme", "severe", "moderate", "minor")
    """How bad a circumstance is; `unknown` may be said as well, and has no rank."""
    categories: tuple[str, ...] = ("festive", "care", "sales", "service", "admin")
    essential: tuple[str, ...] = ()
    """Categories of which mail to customers offers no unsubscribing: contracts, safety."""
    purposes: tuple[str, ...] = ("call", "visit", "courtesy", "service", "survey", "appointment")
    effective_outcomes: tuple[str, ...] = ("reached", "visited", "replied", "messaged")
    """Outcomes that make an interaction a contact."""
    reply_outcomes: tuple[str, ...] = ("replied", "messaged")
    """Those of them that are the customer's answer: `until: replied` waits for one."""
    attempt_outcomes: tuple[str, ...] = ("no_answer", "wrong_number", "left_message")
    """Outcomes that are only an attempt."""


class Attribute(Model):
    """A lead attribute of your own, read in rules as `attrs.NAME`."""

    type: Literal["text", "int", "number", "bool", "date", "list"]
    words: tuple[str, ...] = ()
    """A closed vocabulary, for text and list."""
    group: Literal["basic", "business", "personal", "logistics", "trade"] = "basic"
    """Which of the five groups of facts it belongs to: where a customer's page has it."""
    label: Words = ""
    """What pages call it; empty: its name."""


class Window(Model):
    """When something may reach a receiver, by his own clock."""

    days: str = "mon-sun"
    open: str = "09:00"
    close: str = "20:00"
    breaks: tuple[str, ...] = ()
    """Closed in between, e.g. a lunch break: `["12:00-13:30"]`."""


class QuietHours(Model):
    """Hours in which nothing leaves, whatever the window says; `urgent: true` ignores them."""

    start: str = "21:30"
    end: str = "08:00"


class Caps(Model):
    """Limits that hold before any policy."""

    catch_up: Annotated[int, Field(ge=1)] = 20
    """More overdue touches than this for one receiver in one run are held and reported, not blasted."""
    catch_up_days: Annotated[int, Field(ge=1, le=60)] = 14
    """How far back an outage is made good; a clock that jumps further forward holds sending."""
    gap: str = "0h"
    """The least time between two messages to one customer: elapsed (`4h`) or civil days (`1d`), at most 30 days."""
    backfill: Annotated[int, Field(ge=0)] = 500
    """More touches than this that edited rules would make due at once need `followup reload --confirm`."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 8
    """Attempts of one delivery before it is a dead letter."""
    reserve: Annotated[int, Field(ge=0, le=90)] = 20
    """Percent of each channel's `per_minute` that only urgent messages may take."""
    claims: Annotated[int, Field(ge=1, le=100)] = 20
    """Claims of one delivery, crashed ones included, before it is a dead letter (poison guard)."""


class Holiday(Model):
    """The civil days of one festival. `default` holds for countries that are not named."""

    label: str = ""
    default: tuple[date, ...] = ()
    countries: dict[str, tuple[date, ...]] = {}


class Days(Model):
    """Company days of one country, and corrections to its public calendar."""

    off: tuple[date, ...] = ()
    """Days nobody works, on top of weekends and public holidays."""
    work: tuple[date, ...] = ()
    """Days that are worked all the same."""
    festival: dict[str, tuple[date, ...]] = {}
    """The civil days of a festival, instead of the calculated ones."""
    files: tuple[str, ...] = ()
    """Official calendars in the holiday-cn JSON format, relative to config.yaml; the years they cover are published."""


class Office(Model):
    """Our own office: what working hours (`5wh`) and working days (`3wd`) are counted in."""

    country: str = "CN"
    timezone: str = "Asia/Shanghai"
    open: str = "09:00"
    close: str = "18:00"
    breaks: tuple[str, ...] = ("12:00-13:30",)


class Defaults(Model):
    """What a step uses where it says nothing."""

    via: tuple[str, ...] = ("email",)
    """Channels in order, for receivers who name none of their own."""
    timezone: str = "Asia/Shanghai"
    locale: str = "zh-Hans"
    country: str = "CN"
    lead_window: str = "lead"
    rep_window: str = "rep"
    sign_reminder_hours: Annotated[int, Field(ge=0, le=720)] = 24
    """How long before its deadline somebody is reminded of a draft that he has not signed; 0: never."""


class Service(Model):
    """How the daemon runs."""

    tick: Annotated[float, Field(gt=0, le=3600)] = 15.0
    """Seconds between passes of plan and release."""
    dispatch: Annotated[float, Field(gt=0, le=3600)] = 2.0
    lease: Annotated[int, Field(ge=5, le=3600)] = 60
    """Seconds a claim lasts without being renewed."""
    senders: Annotated[int, Field(ge=1, le=32)] = 12
    batch: Annotated[int, Field(ge=1, le=10_000)] = 200


class Arbiter(Model):
    """The engine that judges policies."""

    engine: Literal["durable", "reference"] = "durable"
    fallback: Literal["refuse", "reference"] = "reference"
    """What to do where durable-rules is not installed."""
    deadline: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds a batch may take in the child process before it is killed."""
    faults: Annotated[int, Field(ge=1)] = 5
    """Faults after which the engine is switched off until a reload."""


class Company(Model):
    """What templates may say about the sender."""

    name: str = ""
    domain: str = "followup.invalid"
    """The right side of Message-IDs."""


class CircumstanceKind(Model):
    """What may happen in customers' lives and regions."""

    label: str = ""
    aftermath: str = "0d"
    """How long it is felt after its end: then its phase is `aftermath`, for rules and policies that look at it."""
    severity: str = ""
    """Of one that is recorded without."""


Circumstances = Annotated[
    Annotated[tuple[Name, ...], Tag("list")] | Annotated[dict[Name, CircumstanceKind], Tag("mapping")],
    Discriminator(lambda found: "mapping" if isinstance(found, dict) else "list"),
]


class Settings(Model):
    """The whole of config.yaml."""

    database: DatabaseConfig = "sqlite:///followup.sqlite"
    """A SQLAlchemy URL or a reference, or `{url: URL, prepared: false}`; relative SQLite paths are relative to
    config.yaml."""
    rules: str = "rules"
    templates: str = "templates"
    company: Company = Company()
    defaults: Defaults = Defaults()
    vocabularies: Vocabularies = Vocabularies()
    attributes: dict[Name, Attribute] = {}
    questionnaires: Questionnaires = QUESTIONNAIRES
    """What a rep finds out of a customer, question by question."""
    portrait: Portrait = PORTRAIT
    """Which facts fill which block of a customer's portrait, the first block first."""
    gifts: Gifts = Gifts()
    """What reps may give, and how much."""
    dates: tuple[Name, ...] = (
        "birthday", "wedding", "signing", "founding", "child_birthday", "spouse_birthday", "installation",
    )  # fmt: skip
    """Kinds of dates a lead may have."""
    circumstances: Circumstances = (
        "flood", "earthquake", "storm", "epidemic", "bereavement", "illness", "wedding", "birth",
        "opening", "complaint", "journey", "our_journey", "fair", "seminar", "factory_visit",
        "dealer_meeting", "recommendation",
    )  # fmt: skip
    """Kinds of circumstances: names, or `NAME: {aftermath: 14d, severity: severe}`."""
    feeds: dict[Name, Feed] = {}
    """Disaster feeds that become circumstances."""
    holidays: dict[Name, Holiday] = {}
    calendars: dict[str, Days] = {}
    """Company days and corrections by country code; imported official calendars."""
    office: Office = Office()
    feb_29: Literal["feb28", "mar1", "skip"] = "feb28"
    """When a solar date of 29 February returns in a common year."""
    leap_month: Literal["regular", "leap_else_regular", "leap_only"] = "leap_else_regular"
    """When a lunar date of a leap month returns."""
    day_30: Literal["last_day", "next_day", "skip"] = "last_day"
    """When the 30th of a lunar month returns in a month of 29 days."""
    windows: dict[Name, Window] = {
        "lead": Window(),
        "rep": Window(days="mon-sat", open="08:30", close="18:30"),
        "always": Window(open="00:00", close="24:00"),
        "new_customers": Window(days="mon-fri", open="10:00", close="11:30"),
    }
    category_windows: dict[str, Name] = {}
    """A narrower window for a category, whoever receives it: `{sales: office}`. Both must be open."""
    channel_windows: dict[Name, Name] = {}
    """A narrower window for a channel: `{sms: daytime}`. Checked when the message is to be sent."""
    on_invalid: Literal["refuse", "quarantine"] = "refuse"
    """What a start or reload does with rules that have mistakes: nothing is put in force, or all but those rules."""
    absent_reps: Literal["delegate", "hold"] = "delegate"
    """What becomes of an absent rep's reminders: his delegate gets them (if he has one), or they wait for him."""
    new_reps: str = "6mo"
    """How long after he joined a rep is a new one, for `assign: new_first:TEAM` and `new_last:TEAM`."""
    quiet_hours: QuietHours = QuietHours()
    caps: Caps = Caps()
    channels: dict[Name, ChannelConfig] = {}
    sources: dict[Name, Source] = {}
    """Databases that leads and their records are pulled from."""
    inbox: Inbox | None = None
    """The mailbox that customers' answers come to."""
    arbiter: Arbiter = Arbiter()
    service: Service = Service()
    web: Web | None = None
    """The pages and the links that lead to them; without it messages carry no links."""
    retention: Retention = Retention()
    redirect_to: dict[Name, str] = {}
    """Pilot: per channel, the one address that gets everything instead of the real receiver."""
    only: tuple[str, ...] = ()
    """Pilot: lead ids that may be written to; everybody else's deliveries wait. Empty: everybody."""

    @property
    def database_at(self) -> DatabaseAt:
        """Where the database is, however it is written."""
        return DatabaseAt(url=self.database) if isinstance(self.database, str) else self.database

    @property
    def questions(self) -> dict[str, Question]:
        """Every question by the field that its answer is: `quality.standing`."""
        return {f"{name}.{key}": one for name, asked in self.questionnaires.items() for key, one in asked.items()}

    @property
    def kinds(self) -> dict[str, CircumstanceKind]:
        """Every kind of circumstance, however they are written."""
        if isinstance(self.circumstances, dict):
            return self.circumstances
        return {name: CircumstanceKind() for name in self.circumstances}

    @property
    def date_policy(self) -> DatePolicy:
        """When dates return of which a year has none, where a rule says nothing."""
        return DatePolicy(leap_month=self.leap_month, day_30=self.day_30, feb_29=self.feb_29)
