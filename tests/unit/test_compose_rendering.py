"""Texts from templates: locales, blocks, and what the sandbox keeps an author from."""

from __future__ import annotations

from typing import Any

import pytest

from engine.stages.compose import environment
from engine.stages.compose.environment import MAX_OUTPUT, Unwritable
from engine.stages.compose.problems import template_problems
from engine.stages.compose.templates import TemplateSet, Written, render

CONTEXT: dict[str, Any] = {
    "lead": {"name": "Wang <Fang>", "salutation": "Ms Wang", "grade": "A", "attrs": {"items": "tea"}},
    "rep": {"name": "Li", "email": "li@example.com"},
    "occasion": {"nth": 3},
    "merged": ({"summary": "Anniversary"}, {"summary": "Festival"}),
}


def mail(body: str, subject: str = "Hello") -> str:
    return f"{{% block subject %}}{subject}{{% endblock %}}\n{{% block body %}}{body}{{% endblock %}}\n"


def written(body: str, audience: str = "rep", **more: str) -> Written:
    files = {"greeting/x/mail.en.txt.j2": mail(body)} | {f"greeting/x/{k}": v for k, v in more.items()}
    return render(TemplateSet(files), "greeting/x", "en", audience, CONTEXT)


def refusal(body: str, audience: str = "rep") -> str:
    with pytest.raises(Unwritable) as caught:
        written(body, audience)
    return str(caught.value)


def test_subject_and_body_come_from_their_blocks() -> None:
    files = {"a/b/mail.en.txt.j2": mail("Dear {{ lead.salutation }},\nhello.\n", "For {{ lead.salutation }}")}
    result = render(TemplateSet(files), "a/b", "en", "lead", CONTEXT)
    assert result == Written("For Ms Wang", "Dear Ms Wang,\nhello.\n")


def test_a_subject_is_one_line_whatever_the_data_holds() -> None:
    files = {"a/b/mail.en.txt.j2": mail("x", "Hello {{ lead.name }}")}
    context = CONTEXT | {"lead": {"name": "Wang\r\nBcc: all@example.com"}}
    subject = render(TemplateSet(files), "a/b", "en", "rep", context).subject
    assert subject == "Hello Wang Bcc: all@example.com"


@pytest.mark.parametrize(("there", "asked", "taken"), [
    (["zh-Hans", "zh-Hant", "en"], "zh-Hant", "zh-Hant"),
    (["zh-Hans", "en"], "zh-Hant", "zh-Hans"),
    (["zh-Hans", "en"], "fr", "en"),
    (["zh-Hans", "zh-Hant"], "fr", "zh-Hans"),
])  # fmt: skip
def test_the_text_is_found_by_the_nearest_locale(there: list[str], asked: str, taken: str) -> None:
    files = {f"a/b/mail.{locale}.txt.j2": mail(locale) for locale in there}
    assert render(TemplateSet(files), "a/b", asked, "lead", CONTEXT).text == f"{taken}\n"


@pytest.mark.parametrize(("locale", "variants", "taken"), [
    ("en", ("tiger", "gold"), "en tiger"),
    ("en", ("owl", "gold", "friend"), "en gold"),
    ("en", ("owl", "friend"), "en"),
    ("zh-Hans", ("tiger", "gold"), "zh-Hans"),    # the language comes first
    ("fr", ("gold",), "en gold"),
])  # fmt: skip
def test_the_first_variant_of_the_language_is_taken(locale: str, variants: tuple[str, ...], taken: str) -> None:
    texts = ("en", "en.tiger", "en.gold", "zh-Hans")
    files = {f"a/b/mail.{one}.txt.j2": mail(one.replace(".", " ")) for one in texts}
    files["a/b/mail.en.html.j2"] = "<p>plain</p>"
    written = render(TemplateSet(files), "a/b", locale, "lead", CONTEXT, variants)
    assert written.text == f"{taken}\n"
    assert bool(written.html) == (taken == "en"), "HTML only of the same variant"


def test_a_variant_that_no_customer_has_is_an_error_and_one_that_lacks_a_language_is_known() -> None:
    files = {f"a/b/mail.{one}.txt.j2": mail(one) for one in ("en", "zh-Hans", "en.gold", "en.godl")}
    told = [str(problem) for problem in template_problems(files, ("platinum", "gold"))]
    assert told == [
        'templates/a/b/mail.en.godl.txt.j2:1:1: error T104: no temperament, tier or profile is called "godl";'
        ' did you mean "gold"?'
    ]
    assert TemplateSet(files).written_for("a/b") == (("en", ""), ("en", "godl"), ("en", "gold"), ("zh-Hans", ""))


def test_html_is_escaped_and_text_is_not() -> None:
    files = {"a/b/mail.en.txt.j2": mail("{{ lead.name }}"), "a/b/mail.en.html.j2": "<p>{{ lead.name }}</p>"}
    result = render(TemplateSet(files), "a/b", "en", "lead", CONTEXT)
    assert (result.text, result.html) == ("Wang <Fang>\n", "<p>Wang &lt;Fang&gt;</p>")


def test_a_layout_may_be_extended_and_values_set_outside_of_blocks() -> None:
    files = {
        "layout.txt.j2": "{% block subject %}{% endblock %}{% block body %}{% endblock %}",
        "a/b/mail.en.txt.j2": '{% extends "layout.txt.j2" %}{% set who = lead.salutation %}'
        "{% block subject %}S{% endblock %}{% block body %}Dear {{ who }}{% endblock %}",
    }
    assert render(TemplateSet(files), "a/b", "en", "lead", CONTEXT).text == "Dear Ms Wang\n"


def test_the_customer_is_never_told_his_grade() -> None:
    assert written("{{ lead.grade }}").text == "A\n"
    assert 'there is no "grade" here' in refusal("{{ lead.grade }}", audience="lead")
    assert 'there is no "attrs" here' in refusal("{{ lead.attrs }}", audience="lead")


def test_an_undefined_name_is_an_error_never_an_empty_place() -> None:
    assert refusal("Dear {{ leed.name }}") == "greeting/x/mail.en.txt.j2:2: 'leed' is undefined"
    assert refusal("Dear\n{{ lead.nmae }}") == (
        'greeting/x/mail.en.txt.j2:3: there is no "nmae" here; did you mean "name"?'
    )


def test_a_mistake_in_an_included_text_is_told_at_its_own_place() -> None:
    files = {"a/b/mail.en.txt.j2": mail('{% include "base/sign.j2" %}'), "base/sign.j2": "\n\n{{ rep.nam }}"}
    with pytest.raises(Unwritable) as caught:
        render(TemplateSet(files), "a/b", "en", "rep", CONTEXT)
    assert (caught.value.file, caught.value.line) == ("base/sign.j2", 3)


def test_a_key_is_found_even_if_dictionaries_have_a_method_of_that_name() -> None:
    assert written("{{ lead.attrs.items }}").text == "tea\n"


@pytest.mark.parametrize("body", [
    "{{ lead.update({'name': 'x'}) }}",
    "{{ lead.__class__.__mro__ }}",
    "{{ ''.__class__.__base__.__subclasses__() }}",
    "{{ '{0.__class__}'.format(lead) }}",
    "{{ lead.name|attr('__class__') }}",
    "{{ lipsum() }}", "{{ cycler('a') }}", "{{ namespace(a=1) }}", "{{ self.__init__.__globals__ }}",
    "{{ lead.name|safe }}", "{{ 'x'|center(1000000000) }}", "{{ '%999999999d'|format(1) }}",
    "{{ merged.__add__(merged) }}",
])  # fmt: skip
def test_the_sandbox_has_no_way_out(body: str) -> None:
    assert refusal(body)


@pytest.mark.parametrize("body", [
    "{{ 'ab' * 1000000000 }}", "{{ [1] * 1000000000 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%999999999d' % 1 }}",
    "{{ range(1000000000) }}",
    "{% for a in range(1000) %}{% for b in range(1000) %}xxxxxxxxxx{% endfor %}{% endfor %}",
    "{% set s = '0123456789' %}" + "{% set s = s ~ s %}" * 40,
    "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    '{% include "greeting/x/mail.en.txt.j2" %}',
])  # fmt: skip
def test_no_text_fills_the_machine(body: str) -> None:
    assert refusal(body)


@pytest.mark.parametrize("body", [
    "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}"
    "{% endfor %}{% endfor %}",
    "{% macro f(n) %}{% if n %}{% set a = f(n - 1) %}{% set b = f(n - 1) %}{% endif %}"
    "{% endmacro %}{{ f(60) }}",
])  # fmt: skip
def test_no_text_takes_for_ever(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAX_SECONDS", 0.05)
    assert "takes longer" in refusal(body)


def test_the_largest_text_is_told() -> None:
    assert refusal("x" * (MAX_OUTPUT + 1)) == f"it is longer than {MAX_OUTPUT} characters"


@pytest.mark.parametrize("link", ["https://example.com/a?b=c", "mailto:li@example.com", "tel:+8613800000000"])
def test_links_to_the_web_to_mail_and_to_phones_are_let_through(link: str) -> None:
    assert written(f"{{{{ '{link}'|url }}}}").text == f"{link}\n"


@pytest.mark.parametrize("link", [
    "http://example.com", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//example.com",
    "/path", "", "https", " javascript:alert(1)", "file:///etc/passwd", "https://[broken",
])  # fmt: skip
def test_every_other_link_is_refused(link: str) -> None:
    assert "a link must begin" in refusal(f"{{{{ '{link}'|url }}}}")


def test_a_broken_template_names_its_line() -> None:
    assert refusal("\n{{ lead.name ") .startswith("greeting/x/mail.en.txt.j2:")


def test_a_mail_needs_both_blocks_and_a_name_that_exists() -> None:
    templates = TemplateSet({"a/b/mail.en.txt.j2": "Hello"})
    with pytest.raises(Unwritable, match="no block body and no block subject"):
        templates.render("a/b", "en", CONTEXT)
    with pytest.raises(Unwritable, match='no template "a/c"'):
        templates.render("a/c", "en", CONTEXT)


def test_an_error_never_repeats_what_a_lead_is_called() -> None:
    assert "Wang" not in refusal("{{ lead.name + 1 }}") + refusal("{{ lead.name.secret }}")


def test_merged_occasions_can_be_listed() -> None:
    text = written(
        "{% for m in merged %}{{ loop.index }}/{{ loop.length }} {{ m.summary }}"
        "{{ ', ' if not loop.last }}{% endfor %}"
    ).text
    assert text == "1/2 Anniversary, 2/2 Festival\n"


def test_a_full_width_brace_in_a_template_is_named_with_what_to_write() -> None:
    files = {"a/b/mail.en.txt.j2": mail("Dear {{ lead.name｝｝")}
    (problem,) = template_problems(files, ())
    assert (problem.code, problem.line, problem.hint) == ("T101", 2, 'write "}" instead of "｝"')


def test_a_text_is_read_once_to_be_checked_and_written(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    parse = environment.Sandbox._parse
    monkeypatch.setattr(environment.Sandbox, "_parse", lambda *given: read.append(given[2]) or parse(*given))
    files = {"read/once/mail.en.txt.j2": mail("{% if lead.grade ~ 'B' == 'AB' %}x{% endif %}")}
    assert template_problems(files, ()) == ()
    assert render(TemplateSet(files), "read/once", "en", "rep", CONTEXT).text == "x\n"
    assert read == ["read/once/mail.en.txt.j2"]
