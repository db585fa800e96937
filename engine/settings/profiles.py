"""Profiles: the rules of the starter that a new house begins with, and the few of a line of business besides.

`profiles/NAME.yaml` says it in a summary by language and, under `keep`, the rules, policies and gates of each rule
file that are kept (`all` of a file, or a list of ids); without `keep` all of them are. What lies in `profiles/NAME/`
is laid into the new house's `rules/` besides: a rule there with the id of one of the starter's stands in its place.
A rule test of the starter goes along where it names only what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.ground.errors import UsageError
from engine.ground.yamlio import read_yaml
from engine.settings.starter import starter_content

FULL = "full"
_ITEM = re.compile(r"  - id: ([^\s#]+)")
_SECTION = re.compile(r"[a-z]+:")
_TEST = re.compile(r"rules/tests/(.+\.test\.yaml)")


@dataclass(frozen=True)
class Profile:
    """One profile: what it is for, by locale; what is kept of each rule file (None: everything of all files)."""

    name: str
    summary: Mapping[str, str]
    keep: Mapping[str, frozenset[str] | None] | None

    def keeps(self, file: str, ident: str) -> bool:
        """Whether that rule, policy or gate of rules/FILE.yaml is part of it."""
        if self.keep is None:
            return True
        if file not in self.keep:
            return False
        ids = self.keep[file]
        return ids is None or ident in ids


def profiles() -> tuple[Profile, ...]:
    """All that there are, the full one first."""
    found = [_profile(path, text) for path, text in starter_content().items() if re.fullmatch(r"profiles/[^/]+", path)]
    return tuple(sorted(found, key=lambda profile: (profile.name != FULL, profile.name)))


def profile_files(name: str) -> Mapping[str, bytes]:
    """Path below the new folder -> content, as `starter_files`, but with the rules of that profile."""
    content = starter_content()
    chosen = next((profile for profile in profiles() if profile.name == name), None)
    if chosen is None:
        names = ", ".join(profile.name for profile in profiles())
        raise UsageError(f'there is no profile "{name}"; there are {names}')
    kept = {path: text for path, text in content.items() if not path.startswith(("profiles/", "rules/"))}
    rules = {path: text.decode() for path, text in content.items() if path.startswith("rules/")}
    own = f"profiles/{name}/"
    added = {f"rules/{path.removeprefix(own)}": text for path, text in content.items() if path.startswith(own)}
    return dict(sorted((kept | _cut(rules, chosen) | added).items()))


def _profile(path: str, text: bytes) -> Profile:
    node, problems = read_yaml(text, path)
    if node is None or problems:
        raise UsageError("; ".join(map(str, problems)))
    said: Mapping[str, Any] = node.plain()
    keep = said.get("keep")
    files = None if keep is None else {file: None if ids == "all" else frozenset(ids) for file, ids in keep.items()}
    return Profile(path.removeprefix("profiles/").removesuffix(".yaml"), said["summary"], files)


def _cut(rules: Mapping[str, str], profile: Profile) -> dict[str, bytes]:
    """The starter's rule files without what is not kept, and the tests that name nothing else."""
    whole = {path: text for path, text in rules.items() if not _TEST.fullmatch(path)}
    kept = {path: _kept(Path(path).stem, text, profile) for path, text in whole.items()}
    present = {path: text for path, text in kept.items() if text}
    ids = {ident for text in present.values() for ident in _ITEM.findall(text)}
    gone = {ident for text in whole.values() for ident in _ITEM.findall(text)} - ids
    tests = {path: text for path, text in rules.items() if _TEST.fullmatch(path)}
    playable = {path: text for path, text in tests.items() if _plays(text, path, present, gone)}
    return {path: text.encode() for path, text in (present | playable).items()}


def _kept(file: str, text: str, profile: Profile) -> str:
    """The text of a rule file without the items that are not kept; empty if none is left."""
    head, sections = "", []
    for line in text.splitlines(keepends=True):
        if _SECTION.match(line):
            sections.append((line, [""]))
        elif not sections:
            head += line
        elif _ITEM.match(line):
            sections[-1][1].append(line)
        else:
            sections[-1][1][-1] += line
    left = [(title, [item for item in items if _stays(file, item, profile)]) for title, items in sections]
    body = "\n".join(title + "".join(items).rstrip() + "\n" for title, items in left if items)
    return head + body if body else ""


def _stays(file: str, item: str, profile: Profile) -> bool:
    found = _ITEM.match(item)
    return found is not None and profile.keeps(file, found[1])


def _plays(text: str, path: str, present: Mapping[str, str], gone: set[str]) -> bool:
    """Whether a test can be played: its rule files are there, and it names nothing that is not."""
    node, _ = read_yaml(text, path)
    if node is None:
        return False
    test = node.plain()
    files = {f"rules/{name.removeprefix('../')}" for name in test.get("rules", ())}
    return files <= set(present) and not set(_named(test)) & gone


def _named(node: Any) -> Iterator[str]:
    """The rules, policies and gates that a test expects something of."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "because":
                yield from [*value, *value.values()]
            elif key in ("rule", "refused_by", "flagged_by") and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for entry in node:
            yield from _named(entry)
