"""Transactions on both engines: all or nothing, writers wait for each other, readers cannot write."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from engine.ground.errors import UsageError
from engine.store.database import Database, insert_ignore
from engine.store.tables import rep, suppression

LI = {"id": "li", "name": "李娜", "timezone": "Asia/Shanghai", "locale": "zh-Hans"}


def reps_in(db: Database) -> int:
    with db.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(rep)).scalar_one())


def test_an_exception_takes_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:  # noqa: PT012
        connection.execute(insert(rep), LI)
        raise ZeroDivisionError
    assert reps_in(database) == 0


def test_reading_inside_writing_sees_what_was_written(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(rep), LI)
        assert reps_in(database) == 1


def test_write_transactions_do_not_nest(database: Database) -> None:
    with database.writing(), pytest.raises(RuntimeError, match="inside another"), database.writing():
        pass


def test_two_threads_writing_at_once_both_succeed(database: Database) -> None:
    def write(who: str) -> None:
        for n in range(10):
            with database.writing() as connection:
                seen = connection.execute(select(func.count()).select_from(rep)).scalar_one()
                connection.execute(insert(rep), LI | {"id": f"{who}{n}", "role": str(seen)})

    threads = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reps_in(database) == 20


def test_threads_that_have_ended_do_not_keep_their_connections(pg_url: str) -> None:
    db = Database(f"{pg_url}&application_name=short_threads")
    for _ in range(5):
        thread = threading.Thread(target=db.now)
        thread.start()
        thread.join()
    with db.reading() as connection:
        open_here = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'short_threads'"
        connections = connection.exec_driver_sql(open_here).scalar_one()
    db.close()
    assert connections < 5


def test_insert_ignore_counts_only_new_rows(database: Database) -> None:
    rows = [{"lead": str(n), "reason": "asked", "actor": "li", "at": 1} for n in range(5)]
    with database.writing() as connection:
        assert insert_ignore(connection, suppression, rows) == 5
        assert insert_ignore(connection, suppression, [*rows, {**rows[0], "lead": "new"}]) == 1
        assert insert_ignore(connection, suppression, rows[:1]) == 0
        assert insert_ignore(connection, suppression, []) == 0


def test_a_reader_cannot_write(database: Database) -> None:
    reader = Database(database.engine.url.render_as_string(hide_password=False), read_only=True)
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), reader.writing() as connection:
        connection.execute(insert(rep), LI)
    assert reps_in(reader) == 0
    reader.close()


def test_values_never_reach_an_error_message(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.writing() as connection:
        connection.execute(insert(rep), [LI, LI])
    statement_part = str(raised.value).partition("[SQL")[2]
    assert "李娜" not in statement_part


def test_the_stores_clock_is_the_machines_here(database: Database) -> None:
    assert abs(database.now() - time.time()) < 5


def test_a_connection_that_the_server_cut_while_it_was_idle_is_replaced_unnoticed(pg_url: str) -> None:
    db = Database(pg_url)
    with db.reading() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = Database(pg_url)
    with other.writing() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with db.writing() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != pid


@pytest.mark.pg
def test_a_connection_cut_in_a_transaction_fails_once_and_is_replaced(pg_url: str) -> None:
    db, other = Database(pg_url), Database(pg_url)

    def cut_in_the_middle() -> None:
        with db.reading() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with other.writing() as beside:
                beside.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,))
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DBAPIError):
        cut_in_the_middle()
    assert db.now() > 0
    db.close()
    other.close()


def test_a_file_to_be_read_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'no database "none\.sqlite".*followup db upgrade'):
        Database(f"sqlite:///{tmp_path / 'none.sqlite'}", read_only=True)


@pytest.mark.parametrize(("url", "said"), [("leads.db", "not a URL"), ("mysql://host/db", "not supported")])
def test_other_urls_are_refused_in_one_line(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Database(url)
