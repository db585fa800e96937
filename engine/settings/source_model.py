"""Databases of others that leads and their records are pulled from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    """A table of another database, such as a CRM's, that leads, their records or interactions are pulled from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    """A SQLAlchemy URL or a reference; one with a password in it must be a reference."""
    kind: Literal["leads", "records", "interactions"] = "leads"
    history: bool = False
    """Whether what comes in until the first pull has gone through tells of the past, and makes no work."""
    table: str = ""
    """Its name, perhaps behind a schema: `public.res_partner`. Either this or `query`."""
    query: str = ""
    """A SELECT, where their columns need another shape."""
    columns: dict[str, str]
    """Their column to ours, named as import columns are: `{partner_name: name, x_hobby: attrs.hobby}`."""
    key: str = ""
    """Their column that tells rows apart; the one that becomes `id` if nothing is said."""
    watermark: str = ""
    """Their column that grows with every change, e.g. `write_date`. Without it every pull reads every row."""
    overlap: str = "2m"
    """How far behind a watermark that is an instant each pull looks again: what was committed late is found."""
    timezone: str = "UTC"
    """The zone of their instants that carry none."""
    owned_by_source: tuple[str, ...] = ()
    """Our columns in which they are always right."""
    owned_by_followup: tuple[str, ...] = ()
    """Our columns in which we are always right; they only fill them for leads in which nothing is said yet."""
    deletions: Literal["gone", "ignore"] = "gone"
    deleted_flag: str = ""
    """Their column that is true for a row that is deleted; `not active`: one that is false."""
    compare: Annotated[int, Field(ge=1)] = 12
    """Every how many pulls all keys are compared, to find rows that are gone without a flag."""
    every: str = "5m"
    write_back: str = ""
    """An UPDATE that tells them of :owner, :status or :last_contact of the row :key, whenever one of them changes."""
