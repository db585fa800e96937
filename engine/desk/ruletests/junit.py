"""The report as JUnit XML, which every CI server shows: a suite a file, a case a step."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from engine.desk.ruletests.run import Checked, Outcome, Report


def junit(report: Report) -> bytes:
    """The document, UTF-8. Files that could not be played are errors, steps not as expected failures."""
    root = Element("testsuites", name="followup test")
    for outcome in report.outcomes:
        root.append(_suite(outcome))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(outcome: Outcome) -> Element:
    failed = sum(bool(step.failings) for step in outcome.steps)
    cases = len(outcome.steps) or bool(outcome.problems)
    suite = Element(
        "testsuite", name=outcome.file, tests=str(int(cases)), failures=str(failed),
        errors=str(int(bool(outcome.problems))), time=f"{outcome.seconds:.3f}",
    )  # fmt: skip
    for step in outcome.steps:
        _case(suite, outcome, step)
    if outcome.problems:
        case = SubElement(suite, "testcase", classname=outcome.file, name="the file")
        SubElement(case, "error", message=str(outcome.problems[0])).text = "\n".join(map(str, outcome.problems))
    return suite


def _case(suite: Element, outcome: Outcome, step: Checked) -> None:
    case = SubElement(
        suite, "testcase", classname=outcome.file, name=step.label, file=outcome.file, line=str(step.mark.line)
    )
    for failing in step.failings:
        told = SubElement(case, "failure", message=failing.message)
        told.text = "\n".join([f"{outcome.file}:{failing.mark.line}:{failing.mark.col}", *failing.lines])
