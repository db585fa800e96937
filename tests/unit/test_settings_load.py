"""config.yaml as settings: what is left out has a default, what is written is typed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.settings.email_model import EmailChannel
from engine.settings.load import load_settings, read_settings
from engine.settings.local_model import FileChannel
from engine.settings.model import Settings
from engine.settings.shape import all_keys


def test_an_empty_file_means_all_defaults() -> None:
    assert read_settings("# nothing yet\n", "config.yaml") == (Settings(), ())


def test_values_are_read_with_their_types(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        """\
holidays:
  spring_festival:
    label: 春節
    default: [2026-02-17, 2027-02-06]
    countries: {NO: [2026-02-18]}
channels:
  email: {kind: email, host: relay.example.com, from_address: care@example.com}
  pilot: {kind: file, folder: out}
redirect_to: {email: pilot@example.com}
""",
        encoding="utf-8",
    )
    settings = load_settings(path)
    festival = settings.holidays["spring_festival"]
    assert festival.default == (date(2026, 2, 17), date(2027, 2, 6))
    assert festival.countries == {"NO": (date(2026, 2, 18),)}
    assert isinstance(settings.channels["email"], EmailChannel)
    assert isinstance(settings.channels["pilot"], FileChannel)
    assert settings.redirect_to == {"email": "pilot@example.com"}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_content_gives_settings_or_positioned_problems(text: bytes | str) -> None:
    settings, problems = read_settings(text, "config.yaml")
    assert (settings is None) == bool(problems)


@given(
    st.dictionaries(
        st.sampled_from([key.split(".")[0] for key in all_keys()]),
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 99) | st.sampled_from(["email", "A", "a@b.c"]),
            lambda inner: st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["kind", "mail", "CN", "email", "default"]), inner, max_size=3),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_any_shape_of_values_is_told_without_an_exception(document: dict[str, object]) -> None:
    settings, problems = read_settings(json.dumps(document), "config.yaml")  # JSON is YAML too
    assert (settings is None) == bool(problems)
