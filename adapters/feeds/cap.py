"""Common Alerting Protocol 1.0 to 1.2: bare, several in one document, in EDXL-DE, or in an Atom or RSS feed.

Only `status: Actual` acts. What the standard requires is required here; what feeds in the field leave out (empty
`references`, an offset written as Z) is not. OASIS CAP-V1.2, 2010.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from adapters.feeds.areas import read_area
from adapters.feeds.messages import Act, BadFeed, Document, Hazard, Message
from adapters.feeds.xml import children, local, namespace, read_xml, text_of

NAMESPACES = (
    "http://www.incident.com/cap/1.0", "urn:oasis:names:tc:emergency:cap:1.0",
    "urn:oasis:names:tc:emergency:cap:1.1", "urn:oasis:names:tc:emergency:cap:1.2",
)  # fmt: skip
_STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
_ACTS = {"Alert": Act.ALERT, "Update": Act.UPDATE, "Cancel": Act.CANCEL, "Ack": Act.IGNORE, "Error": Act.IGNORE}
_SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
_URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
_CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown", "Very Likely")


def read_cap(data: bytes) -> Document:
    """Every alert of the document, and the links of feed entries that hold none. BadFeed: it is no CAP at all.

    A message that breaks the standard is one problem; the others are read.
    """
    root = read_xml(data)
    messages, problems = [], []
    for alert in _alerts(root):
        try:
            messages.append(_message(alert))
        except BadFeed as error:
            problems.append(f'alert "{text_of(alert, "identifier")}": {error}')
    links = tuple(_links(root))
    if not messages and not problems and not links and local(root) not in ("feed", "rss", "EDXLDistribution"):
        raise BadFeed(f"<{local(root)}> is neither a CAP alert nor a feed of them")
    return Document(tuple(messages), links, tuple(problems))


def _alerts(root: Element) -> Iterator[Element]:
    return (one for one in root.iter() if local(one) == "alert" and namespace(one) in NAMESPACES)


def _links(root: Element) -> Iterator[str]:
    """Where the entries of a feed lead, except those that carry their alert themselves."""
    for entry in root.iter():
        if local(entry) in ("entry", "item") and not any(True for _ in _alerts(entry)):
            found = _link(entry)
            if found:
                yield found


def _link(entry: Element) -> str:
    """The link that says it is CAP, else the first that leads to the entry itself."""
    links = list(children(entry, "link"))
    typed = [one for one in links if one.get("type") == "application/cap+xml"]
    own = [one for one in links if one.get("rel", "alternate") == "alternate"]
    return next((one.get("href") or (one.text or "").strip() for one in (*typed, *own)), "")


def _message(alert: Element) -> Message:
    status = _word(alert, "status", _STATUSES)
    act = _ACTS[_word(alert, "msgType", tuple(_ACTS))]
    identifier, sender = _required(alert, "identifier"), _required(alert, "sender")
    sent_at = _instant(_required(alert, "sent"))
    if not namespace(alert).endswith("1.0"):
        _required(alert, "scope")
    hazards = tuple(_hazards(list(children(alert, "info")), sent_at))
    references = tuple(_references(text_of(alert, "references")))
    if act in (Act.UPDATE, Act.CANCEL) and not references:
        raise BadFeed(f"msgType {act.value} without references: it does not say what it is about")
    if status != "Actual":
        return Message(f"{sender},{identifier}", sent_at, Act.IGNORE, hazards, references, f"status {status}")
    return Message(f"{sender},{identifier}", sent_at, act, hazards, references)


def _references(text: str) -> Iterator[str]:
    """`sender,identifier,sent` apart by blanks; the time is left out, for senders write it in several ways."""
    for triple in text.split():
        sender, _, rest = triple.partition(",")
        identifier = rest.rpartition(",")[0]
        if not sender or not identifier:
            raise BadFeed(f'"{triple}" in references is not sender,identifier,sent')
        yield f"{sender},{identifier}"


def _hazards(infos: Iterable[Element], sent_at: int) -> Iterator[Hazard]:
    """Several `info` that differ in their language only are one hazard, in the words of the first language."""
    alike: dict[object, list[Element]] = defaultdict(list)
    for info in infos:
        alike[_facts(info, sent_at)].append(info)
    for group in alike.values():
        language = _language(group[0])
        said: dict[str, list[Element]] = defaultdict(list)
        for info in group:
            if _language(info) == language:
                said[_required(info, "event")].append(info)
        yield from (_hazard(same, sent_at) for same in said.values())


def _facts(info: Element, sent_at: int) -> object:
    """What translations of one hazard have in common."""
    return (
        _word(info, "urgency", _URGENCIES), _word(info, "severity", _SEVERITIES),
        _word(info, "certainty", _CERTAINTIES), _span(info, sent_at), _codes(info),
        tuple(sorted((one.text or "").strip() for one in children(info, "category"))),
    )  # fmt: skip


def _hazard(infos: Sequence[Element], sent_at: int) -> Hazard:
    info = infos[0]
    starts_at, ends_at = _span(info, sent_at)
    return Hazard(
        text_of(info, "event"),
        text_of(info, "severity").lower(),
        starts_at,
        ends_at,
        tuple(read_area(area) for one in infos for area in children(one, "area")),
        text_of(info, "headline"),
        text_of(info, "instruction"),
        text_of(info, "web"),
        tuple(value for _, value in _codes(info)),
    )


def _span(info: Element, sent_at: int) -> tuple[int, int | None]:
    """From onset, else effective, else sent; until expires, which is left open where the message says nothing."""
    start = text_of(info, "onset") or text_of(info, "effective")
    end = text_of(info, "expires")
    return _instant(start) if start else sent_at, _instant(end) if end else None


def _codes(info: Element) -> tuple[tuple[str, str], ...]:
    found = ((text_of(code, "valueName"), text_of(code, "value")) for code in children(info, "eventCode"))
    return tuple((kind, value) for kind, value in found if value)


def _language(info: Element) -> str:
    return text_of(info, "language").lower() or "en-us"


def _required(element: Element, name: str) -> str:
    found = text_of(element, name)
    if not found:
        raise BadFeed(f"<{local(element)}> has no <{name}>")
    return found


def _word(element: Element, name: str, words: Sequence[str]) -> str:
    found = _required(element, name)
    if found not in words:
        raise BadFeed(f'<{name}> is "{found}", not one of {", ".join(words)}')
    return found


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadFeed(f'"{text}" is no instant with an offset, such as 2026-07-01T08:00:00+08:00')
    return int(moment.timestamp())
