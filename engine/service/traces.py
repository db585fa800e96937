"""What a log says of an exception: its kinds and the places it came through. Its words may quote a row, a name."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

DEPTH = 20
"""Places told of each exception: the innermost ones. Ours."""
_ROOT = Path(__file__).parents[2]


def told_by_place(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: `exc_info` becomes `exception`, a line for each kind and each place."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = "\n".join(_lines(error))
    return event


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exception() if info else None


def _lines(error: BaseException) -> Iterator[str]:
    """The exception, then what it came from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        kind = type(following)
        yield f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__qualname__
        yield from places(traceback.extract_tb(following.__traceback__))
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)


def places(frames: traceback.StackSummary) -> Iterator[str]:
    """The innermost of them, without the words that stand there."""
    for frame in frames[-DEPTH:]:
        yield f"  {_short(frame.filename)}:{frame.lineno} {frame.name}"


def _short(file: str) -> str:
    """A file of ours from the project's folder on, another one from its package on."""
    path = Path(file)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-2:])
