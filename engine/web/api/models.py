"""What programs send and get, as models: they check requests, and /api/openapi.json is made of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_ITEMS, MOST_EVENTS = 1_000, 100
"""Items of one request. An event may reach every lead of a region, so there are fewer of them. Ours."""


def whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, Field(max_length=2_000)]
Ident = Annotated[str, Field(min_length=1, max_length=128, description="1 to 128 printable characters without |")]
When = Annotated[str, Field(max_length=40, description="ISO 8601: 2026-01-31T09:00+08:00; without an offset it is "
                                                       "wall time of the lead, a day alone its midnight")]  # fmt: skip
Word = Annotated[str, Field(max_length=200, description="a word of config.yaml")]
Words = Annotated[list[Annotated[str, Field(max_length=200, pattern="^[^;]*$")]], Field(max_length=100)]
Value = Text | int | float | bool | Words | None


class Model(BaseModel):
    """Nothing but what is named."""

    model_config = ConfigDict(extra="forbid")


class Lead(Model):
    """A lead: a new one needs a name, of a known one only what is to change. null clears a field."""

    id: Ident
    name: Text | None = None
    account: Ident | None = None
    company: Text | None = None
    salutation: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    wecom: Text | None = None
    channels: Words | None = Field(None, description="his channels, the one he likes best first")
    owner: Ident | None = Field(None, description="id of a rep")
    tier: Word | None = None
    grade: Word | None = None
    stage: Word | None = None
    status: Word | None = None
    loyalty: Word | None = None
    temperament: Word | None = None
    profile: Word | None = None
    region: Text | None = Field(None, description="a code or a name: 5101, 成都, CN-SC, US-CA")
    country: Text | None = Field(None, description="ISO 3166: CN")
    timezone: Text | None = Field(None, description="IANA: Asia/Shanghai")
    locale: Text | None = Field(None, description="zh-Hans, zh-Hant, en")
    registered_at: When | None = None
    last_contact_at: When | None = None
    contacts: Annotated[int, Field(ge=0, le=2**31 - 1), BeforeValidator(whole)] | None = None
    key: bool | None = None
    confidential: bool | None = None
    unsubscribed: bool | None = None
    hope: Text | None = None
    observances: Words | None = Field(None, description="festivals that are his, by name")
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    dates: dict[str, Text | None] = Field({}, description="by kind: 1988-02-17, --02-17, lunar:1988-01-01")
    attrs: dict[str, Value] = Field({}, description="the attributes of config.yaml, by name")
    answers: dict[str, Value] = Field({}, description="to questionnaires, by question: quality.standing")


class Interaction(Model):
    """What was said with a customer, or tried. Once logged under its id it stays as it is."""

    id: Ident
    lead: Ident
    at: When
    outcome: Word
    rep: Ident | None = None
    channel: Text | None = Field(None, description="phone, visit, wecom, ...")
    purpose: Word | None = None
    benefit: Text | None = Field(None, description="what the customer had of it")
    note: Text | None = None
    next_step: Text | None = Field(None, description="what was agreed to be done next")


class Event(Model):
    """What happens to leads, in regions, or both, as `followup event add` records it."""

    id: Ident | None = Field(None, description="left out, it is given one")
    kind: Word
    starts_at: When | None = Field(None, description="left out, it begins now")
    ends_at: When | None = Field(None, description="an instant, or its last day")
    leads: list[Ident] = Field([], max_length=1_000)
    regions: list[Text] = Field([], max_length=100)
    severity: Word | None = None
    host: Ident | None = Field(None, description="id of the rep who receives the guests")


class Leads(Model):
    """Leads to be added or changed."""

    items: list[Lead] = Field(min_length=1, max_length=MOST_ITEMS)


class Interactions(Model):
    """Interactions to be logged."""

    items: list[Interaction] = Field(min_length=1, max_length=MOST_ITEMS)


class Events(Model):
    """Events to be recorded."""

    items: list[Event] = Field(min_length=1, max_length=MOST_EVENTS)


class Place(Model):
    """What is wrong, and where in the body; the pointer is RFC 6901's as a fragment."""

    pointer: str
    detail: str


class ItemAnswer(Model):
    """What became of an item. `refused`: nothing of it was written, and `errors` says why."""

    id: str
    result: str = Field(json_schema_extra={"enum": ["added", "changed", "unchanged", "refused"]})
    errors: list[Place] = []


class Answer(Model):
    """What became of every item, in their order, and how many of each."""

    added: int
    changed: int
    unchanged: int
    refused: int
    items: list[ItemAnswer]


class Problem(BaseModel):
    """RFC 9457: the request as a whole cannot be taken, and nothing was changed."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[Place] = []
