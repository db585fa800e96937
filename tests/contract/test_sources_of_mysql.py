"""MySQL and MariaDB as a source. Needs FOLLOWUP_MYSQL_URL, a database that this test may make a table in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.sources.sql import Asked, SourceFailure, SqlSource
from engine.store.database import Database
from tests.contract.crm import CUSTOMERS, NOW, Crm, counted

URL = os.environ.get("FOLLOWUP_MYSQL_URL", "")
needs_server = pytest.mark.skipif(not URL, reason="FOLLOWUP_MYSQL_URL is not set: MySQL is not tried")


@needs_server
def test_a_thousand_rows_come_in_and_a_second_pull_reads_what_changed(tmp_path: Path) -> None:
    from engine.store.upgrade import create_all

    ours = Database(f"sqlite:///{tmp_path / 'ours.sqlite'}")
    create_all(ours)
    crm = Crm(ours, URL)
    crm.run("DROP TABLE IF EXISTS customer", CUSTOMERS)
    days = [f"2026-01-{n % 28 + 1:02} 10:00:00" for n in range(1000)]
    crm.add(*((n, f"王{n}", None, "li", "gold", "1988-02-15", day) for n, day in enumerate(days)))
    assert counted(crm.pull()) == {"fetched": 1000, "added": 1000}
    crm.run("UPDATE customer SET title = 'x', changed = '2026-02-02 10:00:00' WHERE no < 10")
    second = counted(crm.pull(NOW + 60))
    assert (second["changed"], second["fetched"] < 50) == (10, True)
    ours.close()


@needs_server
def test_the_server_itself_refuses_to_write() -> None:
    source = SqlSource(URL, Asked(("no",), "no", query="SELECT no FROM customer"))
    with source.reading() as reader, pytest.raises(Exception, match="READ ONLY transaction"):
        reader._connection.exec_driver_sql("DELETE FROM customer")


def test_a_server_that_is_not_there_or_a_driver_that_is_missing_is_one_line() -> None:
    with pytest.raises(SourceFailure) as failure, SqlSource("mysql://127.0.0.1:1/crm", Asked(("no",), "no")).reading():
        pass
    assert str(failure.value).startswith(("Can't connect to MySQL server", "its driver is not installed: pymysql; pip"))
