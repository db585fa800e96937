"""Touches that still want something, in the very words of the index that finds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from engine.store.ledger import QUEUED, queued_in_sqlite


class _IsQueued(ColumnElement[bool]):
    inherit_cache = True
    type: TypeEngine[bool] = Boolean()

    def self_group(self, against: Any = None) -> ColumnElement[bool]:  # noqa: ARG002
        return self  # it is a condition already; SQLAlchemy would ask whether it equals 1


IS_QUEUED: ColumnElement[bool] = _IsQueued()


@compiles(_IsQueued, "sqlite")
def _in_sqlite(_element: _IsQueued, _compiler: SQLCompiler, **_: Any) -> str:
    return queued_in_sqlite("touch.state")


@compiles(_IsQueued, "postgresql")
def _in_postgresql(_element: _IsQueued, _compiler: SQLCompiler, **_: Any) -> str:
    return f"touch.{QUEUED}"
