"""The templates of one generation: found by name, locale and variant, compiled once, rendered to a mail's parts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Template

from engine.domain.spoken import NEAREST, said_in
from engine.stages.compose.chat import from_plain, harmless
from engine.stages.compose.environment import Sandbox, Unwritable, collect, guarded
from engine.stages.compose.looks import finished, images_of
from engine.stages.compose.reading import read

MAIL = re.compile(r"(?P<name>.+)/mail\.(?P<locale>[A-Za-z-]+)(?:\.(?P<variant>[\w-]+))?\.(?P<format>txt|html|md)\.j2")
"""`greeting/birthday/mail.en.txt.j2`, and `mail.en.platinum.txt.j2` for some of the customers."""
SMS = re.compile(r"(?P<name>.+)/sms\.(?P<locale>[A-Za-z-]+)(?:\.(?P<variant>[\w-]+))?\.txt\.j2")
"""The same words for a short message, `greeting/birthday/sms.en.txt.j2`: all of it is text, there are no blocks."""
_MAX_SUBJECT = 300


@dataclass(frozen=True)
class Written:
    """A text as it will be sent. `html` is "" where the template has none."""

    subject: str
    text: str
    html: str = ""


@dataclass(frozen=True)
class _Compiled:
    template: Template
    runs_whole: bool


class TemplateSet:
    """Templates by path (`greeting/birthday/mail.en.txt.j2`). Safe to use from several threads."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._text = Sandbox(files, html=False)
        self._html = Sandbox(files, html=True)
        self._images = images_of(files)
        self._files = files
        self._compiled: dict[str, _Compiled] = {}
        self._locales: dict[tuple[str, str], list[str]] = {}
        for match in filter(None, map(MAIL.fullmatch, sorted(files))):
            if match["variant"] is None:
                self._locales.setdefault((match["name"], match["format"]), []).append(match["locale"])

    def render(self, name: str, locale: str, context: Mapping[str, Any], variants: Sequence[str] = ()) -> Written:
        """Subject, text and, where the template has it in the same locale and variant, HTML; Unwritable says why not.

        The locale is chosen first; in it, the first of `variants` that has a text, else the plain text.
        """
        chosen = self._chosen(name, locale, variants)
        subject, text = self._text_parts(f"{chosen}.txt.j2", context)
        path = f"{chosen}.html.j2"
        html = self._whole(path, context, self._html) if path in self._files else ""
        return Written(subject, text, guarded(lambda: finished(html, self._images)) if html else "")

    def piece(self, name: str, locale: str, context: Mapping[str, Any]) -> tuple[str, str]:
        """Text and HTML of `NAME.LOCALE.txt.j2` and its like, in the locale or the nearest; "" for what is not there.

        Unwritable says why it cannot be made.
        """
        wanted = (f"{name}.{one}" for one in (locale, NEAREST.get(locale), "en"))
        chosen = next((one for one in wanted if f"{one}.txt.j2" in self._files), name)
        text, html = f"{chosen}.txt.j2", f"{chosen}.html.j2"
        return (
            self._whole(text, context, self._text) if text in self._files else "",
            self._whole(html, context, self._html) if html in self._files else "",
        )

    def in_chat(
        self, name: str, locale: str, context: Mapping[str, Any], variants: Sequence[str], label: str
    ) -> Written:
        """The same for chats: `mail.LOCALE.md.j2` where there is one, else its text; the subject is the text's."""
        chosen = self._chosen(name, locale, variants)
        subject, text = self._text_parts(f"{chosen}.txt.j2", context)
        path = f"{chosen}.md.j2"
        own = self._whole(path, harmless(context), self._text) if path in self._files else None
        return Written(harmless(subject), from_plain(text, label) if own is None else own)

    def as_sms(self, name: str, locale: str, context: Mapping[str, Any], variants: Sequence[str]) -> Written:
        """The same for a short message: `sms.LOCALE.txt.j2` where there is one, else its text without links."""
        chosen = self._chosen(name, locale, variants)
        language = f"{name}/sms.{self._locale(name, locale)}"
        own = [f"{one}.txt.j2" for one in (chosen.replace("/mail.", "/sms."), language)]
        path = next((one for one in own if one in self._files), None)
        if path is None:
            return Written(*self._text_parts(f"{chosen}.txt.j2", {**context, "links": ()}))
        subject, _ = self._text_parts(f"{chosen}.txt.j2", context)
        return Written(subject, self._whole(path, context, self._text).strip() + "\n")

    def has_sms(self, name: str) -> bool:
        """Whether it has words of its own for short messages, in some language."""
        return any(path.startswith(f"{name}/sms.") for path in self._files)

    def speaks_chat(self, name: str) -> bool:
        """Whether it has a text of its own for chats, in some language."""
        return (name, "md") in self._locales

    def written_for(self, name: str) -> tuple[tuple[str, str], ...]:
        """Every (locale, variant) that has a text, the plain one as variant ""."""
        found = filter(None, map(MAIL.fullmatch, sorted(self._files)))
        mine = (one for one in found if one["name"] == name and one["format"] == "txt")
        return tuple(sorted((one["locale"], one["variant"] or "") for one in mine))

    def _chosen(self, name: str, locale: str, variants: Sequence[str]) -> str:
        """The path of the text without its format."""
        chosen = f"{name}/mail.{self._locale(name, locale)}"
        own = (f"{chosen}.{variant}" for variant in variants if f"{chosen}.{variant}.txt.j2" in self._files)
        return next(own, chosen)

    def _locale(self, name: str, locale: str) -> str:
        """The exact locale, the nearest, English, or whatever there is."""
        found = self._locales.get((name, "txt"))
        if not found:
            raise Unwritable(f'there is no template "{name}"; write {name}/mail.LOCALE.txt.j2')
        wanted = (locale, NEAREST.get(locale), "en", found[0])
        return next(choice for choice in wanted if choice in found)

    def _text_parts(self, path: str, context: Mapping[str, Any]) -> tuple[str, str]:
        sandbox = self._text
        compiled = self._compile(path, sandbox)

        def parts() -> tuple[str, str]:
            sandbox.start()
            scope = compiled.template.new_context(dict(context))
            if compiled.runs_whole:
                collect(sandbox, compiled.template.root_render_func(scope))
            missing = {"subject", "body"} - set(scope.blocks)
            if missing:
                raise Unwritable(f"{path} has no block {' and no block '.join(sorted(missing))}")
            subject = collect(sandbox, scope.blocks["subject"][0](scope))
            return subject, collect(sandbox, scope.blocks["body"][0](scope))

        subject, body = guarded(parts)
        return " ".join(subject.split())[:_MAX_SUBJECT], body.strip("\n") + "\n"

    def _whole(self, path: str, context: Mapping[str, Any], sandbox: Sandbox) -> str:
        compiled = self._compile(path, sandbox)

        def whole() -> str:
            sandbox.start()
            scope = compiled.template.new_context(dict(context))
            return collect(sandbox, compiled.template.root_render_func(scope))

        return guarded(whole)

    def _compile(self, path: str, sandbox: Sandbox) -> _Compiled:
        compiled = self._compiled.get(path)
        if compiled is None:
            found = guarded(lambda: read(path, self._files[path]))
            template = guarded(lambda: sandbox.get_template(path))
            compiled = self._compiled[path] = _Compiled(template, found.runs_whole)
        return compiled


def render(
    templates: TemplateSet, name: str, locale: str, audience: str, context: Mapping[str, Any],
    variants: Sequence[str] = (),
) -> Written:  # fmt: skip
    """One text for one audience, which sees only what it may; Unwritable says why it cannot be made."""
    return templates.render(name, locale, said_in(locale, for_audience(audience, context)), variants)


def render_sms(
    templates: TemplateSet, name: str, locale: str, audience: str, context: Mapping[str, Any],
    variants: Sequence[str] = (),
) -> Written:  # fmt: skip
    """The same as a short message."""
    return templates.as_sms(name, locale, said_in(locale, for_audience(audience, context)), variants)


_LEAD_SEES = frozenset({
    "name", "salutation", "tier", "hope", "temperament", "profile", "region", "account", "last_contact",
})  # fmt: skip
"""What a text to the customer may say of him: nothing of how we grade him or how far the sale has come."""


def for_audience(audience: str, context: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context as that audience may see it (`lead`, `rep`, ...)."""
    if audience != "lead":
        return context
    shown = {key: value for key, value in context["lead"].items() if key in _LEAD_SEES}
    return {**context, "lead": shown, "record": {"product": context.get("record", {}).get("product", "")}}
