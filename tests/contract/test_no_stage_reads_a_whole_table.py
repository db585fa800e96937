"""On PostgreSQL no statement of a pass reads a table that grows from end to end, be it by the table or by an index.

Each statement is explained as it comes, with its values. The daemon's own sessions are told to avoid reading whole
tables (prepared.py); where the server knows no other way it does so all the same, and its plan says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Connection, event, select

from adapters.feeds.messages import Act, Area, Hazard, Message
from benchmarks.letters import through
from benchmarks.lives import TICK
from benchmarks.mail import mail_server
from benchmarks.world import steady_world
from engine.domain.people import LeadEntry
from engine.ground.clock import FrozenClock
from engine.service.app import App
from engine.service.tick import Stages, TickCounts
from engine.settings.feed_model import Feed
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.stages.ingest.ingest import Listening, ingest
from engine.stages.plan.timing import Clockwork
from engine.stages.tidy.archive import archive
from engine.stages.tidy.drop import drop
from engine.stages.tidy.limits import Limits
from engine.store.copying import copy_house
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.tables import lead
from engine.store.upgrade import METADATA
from tests.contract.schemas import Schemas

pytestmark = [pytest.mark.pg, pytest.mark.slow]

CUSTOMERS, DUE = 10_000, 50
MOST = 500
"""Rows that a step of a plan may read at once: ten times as many as are due, a twentieth of the customers."""
FILLED = 1_000
"""Rows of each table that the customers of the benchmarks leave empty."""
SMALL = {
    "rep": "colleagues", "generation": "edits of the rules", "rule_revision": "edits of the rules",
    "rule_shard": "rules that are planned anew just now", "plan_cursor": "one row a part of the customers",
    "service_state": "a few facts", "pause": "what is stopped just now", "date_policy": "policies of dates in use",
    "dirty_lead": "who is to be planned anew just now", "malformed_row": "rows that nobody can read",
    "rate_limit": "credentials of channels", "source_state": "sources", "team_turn": "teams", "inbox_folder": "folders",
    "picture": "templates",
}  # fmt: skip
"""Tables that stay small however many customers there are, and what they hold."""
RUNS = 3
"""Runs of a statement that are explained: the first ones."""
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
CHENGDU = Area("成都市", codes=(("GB/T 2260", "510100000000"),))
"""Where none of them lives."""
RAIN = Hazard("暴雨", "severe", TICK, TICK + 86_400, (CHENGDU,), "大雨", "")
WARNING = Message("m-1", TICK, Act.ALERT, (RAIN,), (), "")


@dataclass
class Plans:
    """How the server goes about each statement of a database's connections, and how many rows each step of it reads."""

    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    runs: Counter[str] = field(default_factory=Counter)

    @staticmethod
    def of(db: Database) -> Plans:
        """What is done with that database from now on."""
        db.close()
        plans = Plans()
        event.listen(db.engine, "connect", lambda raw, _record: setattr(raw, "cursor_factory", plans._cursor()))
        return plans

    def _cursor(self) -> type[psycopg.Cursor[Any]]:
        plans = self

        class Explaining(psycopg.Cursor[Any]):
            def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
                self._explain(query, params)
                return super().execute(query, params, **options)

            def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
                rows = list(params_seq)
                self._explain(query, rows[0])
                super().executemany(query, rows, **options)

            def _explain(self, query: str, params: Any) -> None:
                """Run it beforehand and take it back, so that what it is about is as it will be."""
                plans.runs[query] += 1
                if query.split(None, 1)[0] in PLANNED and plans.runs[query] <= RUNS:
                    super().execute("SAVEPOINT explained")
                    super().execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", params, prepare=False)
                    ((told,),) = self.fetchall()
                    super().execute("ROLLBACK TO explained")
                    plans.seen.append((query, told[0]["Plan"]))

        return Explaining


def steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from steps(inner)


def rows_read(step: Mapping[str, Any]) -> float:
    """Each time that the step is taken."""
    return float(sum(step.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter")))


def walks(plan: Mapping[str, Any]) -> list[str]:
    """Steps that go through a table that grows, or through a good part of it, by whatever way."""
    return [
        f"{step['Node Type']} of {step['Relation Name']} by {step.get('Index Name')}: {rows_read(step):.0f} rows"
        for step in steps(plan)
        if step.get("Relation Name", "rep") not in SMALL
        and (step["Node Type"] == "Seq Scan" or rows_read(step) > MOST)
    ]


def fill(connection: Connection) -> None:
    """Give every table that grows some rows that are nobody's turn, and have the server count them all."""
    for table in METADATA.sorted_tables:
        if table.name in SMALL or connection.execute(select(table).limit(1)).first():
            continue
        names = [column for column in table.c if not column.nullable or column.name in ("lead", "ends_at")]
        values = ", ".join(_filler(column) for column in names)
        columns = ", ".join(f'"{column.name}"' for column in names)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM generate_series(1, {FILLED}) AS n"
        )
    connection.exec_driver_sql("ANALYZE")


def _filler(column: Column[Any]) -> str:
    kind = str(column.type)
    if column.name == "lead":
        return "'lead-' || lpad(n::text, 7, '0')"
    if column.name == "id" and kind == "BIGINT":
        return "-n"  # below those that the table counts itself
    if kind == "TEXT":
        return "'filled-' || n"
    return {"BOOLEAN": "false", "JSON": "'{}'", "FLOAT": "0"}.get(kind, "n")


@pytest.fixture(scope="module")
def house(schemas: Schemas, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Settings]]:
    """The customers of the benchmarks on PostgreSQL, which knows how many rows each table has; a relay takes mails."""
    db, folder = Database(schemas.empty()), tmp_path_factory.mktemp("house")
    with steady_world(folder, CUSTOMERS, each=DUE // 10) as world, mail_server(folder) as port:
        copy_house(world.db, db, lambda _done, _all: None)
        with db.writing() as connection:
            fill(connection)
        yield db, through(world.settings, port)
    db.close()


def test_no_statement_of_the_stages_reads_a_table_that_grows(house: tuple[Database, Settings], tmp_path: Path) -> None:
    db, settings = house
    plans = Plans.of(db)
    app = App(settings, tmp_path, db, FrozenClock(TICK), Books(settings), Clockwork.of(settings), rehearsal=False)
    stages, counts = Stages(app), TickCounts()
    stages.rescue(all_leases=True)
    stages.think(counts)
    stages.speak(counts)
    stages.ask()
    stages.close()
    with db.writing() as connection:  # what an import does, and a pull
        upsert_leads(connection, [LeadEntry("lead-0000007", {"tier": "gold"})], {}, Stamp(TICK, "crm"))
    (told,) = ingest(db, settings, Listening("met", Feed(url="https://met.example/"), app.gates()), [WARNING], TICK)
    archive(db, settings.retention, TICK, Limits(rows=200))
    drop(db, settings.retention, TICK, Limits(rows=200))
    assert (counts.plan.touches, counts.release.released, counts.dispatch["sent"]) == (DUE, DUE, DUE * 44 // 100)
    assert ("applies to 0 leads" in told.lines[0], len(plans.runs) > 120) == (True, True)
    assert {query: found for query, plan in plans.seen if (found := walks(plan))} == {}


def test_a_statement_without_an_index_is_found(house: tuple[Database, Settings]) -> None:
    db, _ = house
    plans = Plans.of(db)
    with db.reading() as connection:
        connection.execute(select(lead.c.id).where(lead.c.name == "nobody")).all()
        connection.execute(select(lead.c.id).where(lead.c.owner == "nobody")).all()
    assert [len(walks(plan)) for query, plan in plans.seen if "lead" in query] == [1, 0]
