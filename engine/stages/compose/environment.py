"""Templates in a sandbox: what an author may write, and what stops a text that runs away.

Lead data is never a template. Two environments, plain text and autoescaped HTML, share their rules: only the
filters listed here, no attribute but a mapping's keys, an undefined name is an error, and every loop, call,
repetition and joined text is bounded by a deadline and by the size of what comes out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from difflib import get_close_matches
from itertools import islice
from threading import local
from types import CodeType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from jinja2 import BytecodeCache, DictLoader, StrictUndefined, TemplateError, nodes
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

T = TypeVar("T")

MAX_OUTPUT = 200_000
"""Characters that one rendering may make."""
MAX_SECONDS = 2.0
"""CPU time that one rendering may take: a machine that stands still for a moment is no template's fault."""
_LOOK_EVERY = 32  # pieces of a text
MAX_RANGE = 1_000
MAX_KEPT = 2_048
"""Compiled texts, plain and HTML each, before they are forgotten all at once."""

URL_SCHEMES = frozenset({"https", "mailto", "tel"})

_FILTERS = (
    "abs", "capitalize", "d", "default", "dictsort", "e", "escape", "first", "float", "int", "items", "join",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse",
    "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "trim", "truncate",
    "unique", "upper", "wordwrap",
)  # fmt: skip


class Unwritable(Exception):
    """A text that cannot be made: mend the template, or the data it needs. The message holds no lead data.

    `file` (below templates/) and `line` say where, if that is known; else they are "" and 1.
    """

    def __init__(self, why: str, file: str = "", line: int = 1) -> None:
        super().__init__(f"{file}:{line}: {why}" if file else why)
        self.why, self.file, self.line = why, file, line


class _Kept(BytecodeCache):
    """Compiled texts of this process: whoever checks a template and whoever writes with it compile it once.

    What was only checked is kept as Python's text: most of a house's templates wait for days until they are needed.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], str | CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._codes.get((bucket.key, bucket.checksum))
        if isinstance(code, str):
            code = self._codes[bucket.key, bucket.checksum] = compile(code, "<template>", "exec")
        bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.keep(bucket.key, bucket.checksum, bucket.code)

    def keep(self, key: str, checksum: str, code: str | CodeType) -> None:
        if len(self._codes) >= MAX_KEPT:
            self._codes.clear()
        self._codes[key, checksum] = code


_KEPT = {html: _Kept() for html in (False, True)}


class Sandbox(ImmutableSandboxedEnvironment):
    """One of the two environments. Rendering is bounded per thread, from `start()` on."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, files: Mapping[str, str], *, html: bool) -> None:
        super().__init__(
            loader=DictLoader(files), autoescape=html, undefined=StrictUndefined, cache_size=-1,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False, bytecode_cache=_KEPT[html],
        )  # fmt: skip
        self._kept = _KEPT[html]
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters.update(url=safe_url, _bounded=self._bounded, _capped=self._capped)
        self.globals = {"range": _short_range}
        self._clock = local()

    def keep(self, path: str, text: str, tree: nodes.Template) -> None:
        """Compile the tree of that text, which changes the tree, for whoever will ask for it by its path."""
        code = self.compile(tree, path, raw=True)
        self._kept.keep(self._kept.get_cache_key(path), self._kept.get_source_checksum(text), code)

    def start(self) -> None:
        """Begin a rendering of this thread: the deadline counts from here."""
        self._clock.deadline = time.thread_time() + MAX_SECONDS

    def check(self) -> None:
        """Unwritable, once the rendering has taken too long."""
        if time.thread_time() > getattr(self._clock, "deadline", math.inf):
            raise Unwritable(f"it takes longer than {MAX_SECONDS:g} seconds")

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja's, as a plain dict: every rendering copies it, and its own chain of two is slow to copy."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A mapping's key and nothing else: methods, such as those of dict, are out of reach."""
        if type(obj) is dict or isinstance(obj, Mapping):  # the second question alone costs ten times the first
            return obj[attribute] if attribute in obj else self.undefined(_unknown(attribute, obj), obj, attribute)
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        self.check()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Numbers only: repeated text, powers and padded formats are how a short template fills a machine."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not numbers:
            raise Unwritable(f'"{operator}" works on numbers only here, and there are no powers')
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """Jinja's own hook before it compiles: put a guard on every loop and every joined text."""
        for loop in list(source.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "_bounded", [], [], None, None, lineno=loop.lineno)
        for parent in list(source.find_all(nodes.Node)):
            _wrap_children(parent)
        source.set_environment(self)
        return super()._generate(source, *args, **kwargs)

    def _bounded(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.check()
            yield item

    def _capped(self, text: Any) -> Any:
        if len(text) > MAX_OUTPUT:
            raise Unwritable(f"it is longer than {MAX_OUTPUT} characters")
        return text


def _wrap_children(parent: nodes.Node) -> None:
    """Guard the `a ~ b` expressions directly under a node."""
    for name, value in list(parent.iter_fields()):
        if isinstance(value, nodes.Concat):
            setattr(parent, name, _guarded(value))
        elif isinstance(value, list):
            value[:] = [_guarded(child) if isinstance(child, nodes.Concat) else child for child in value]


def _guarded(joined: nodes.Concat) -> nodes.Filter:
    return nodes.Filter(joined, "_capped", [], [], None, None, lineno=joined.lineno)


def collect(sandbox: Sandbox, chunks: Iterable[str]) -> str:
    """A rendering's text; Unwritable says what stopped it, without any lead data in it."""
    found: list[str] = []
    size, more = 0, iter(chunks)
    while pieces := list(islice(more, _LOOK_EVERY)):
        found.append("".join(pieces))
        size += len(found[-1])
        if size > MAX_OUTPUT:
            raise Unwritable(f"it is longer than {MAX_OUTPUT} characters")
        sandbox.check()  # loops and calls look at the clock themselves
    return "".join(found)


def guarded(work: Callable[[], T]) -> T:
    """Whatever goes wrong in a template is one thing to us: the text is unwritable."""
    try:
        return work()
    except Unwritable as error:
        raise (error if error.file else Unwritable(error.why, *_place(error))) from None
    except TemplateError as error:
        raise Unwritable(error.message or type(error).__name__, *_place(error)) from None
    except RecursionError:
        raise Unwritable("it includes or calls itself without end") from None
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise Unwritable(type(error).__name__, *_place(error)) from None


def _unknown(name: str, there: Mapping[str, Any]) -> str:
    """What an author reads of a key that a mapping of the context lacks."""
    near = get_close_matches(name, map(str, there), n=1, cutoff=0.6)
    return f'there is no "{name}" here' + (f'; did you mean "{near[0]}"?' if near else "")


def _place(error: Exception) -> tuple[str, int]:
    """The file and line of the innermost template that was being read or written when it happened."""
    found = (getattr(error, "name", None) or "", getattr(error, "lineno", None) or 1)
    trace = error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            found = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return found


def safe_url(value: object) -> str:
    """The link itself if it is one that a mail may carry: https, mailto or tel; else Unwritable."""
    text = str(value).strip()
    try:
        scheme = urlsplit(text).scheme.lower()
    except ValueError:
        scheme = ""
    if scheme not in URL_SCHEMES or not text.isprintable():
        raise Unwritable("a link must begin with https:, mailto: or tel:")
    return text


def _short_range(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > MAX_RANGE:
        raise Unwritable(f"range() gives at most {MAX_RANGE} numbers")
    return wanted
