"""Secrets come from the environment, a private file or a systemd credential, and from nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings.secrets import MissingSecret, is_reference, resolve


def secret_file(folder: Path, name: str = "smtp", text: str = "hunter2\n", mode: int = 0o600) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_secret_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLLOWUP_SMTP", "hunter2")
    assert resolve("env:FOLLOWUP_SMTP", tmp_path) == "hunter2"


def test_a_secret_file_is_relative_to_the_config_and_loses_its_last_line_break(tmp_path: Path) -> None:
    secret_file(tmp_path)
    assert resolve("file:smtp", tmp_path) == "hunter2"


def test_a_systemd_credential_is_read_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert resolve("cred:smtp", Path("/nowhere")) == "hunter2"


def test_a_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path, mode=0o644)
    with pytest.raises(MissingSecret, match=r"everybody can read the secret file:smtp; chmod o-rwx"):
        resolve("file:smtp", tmp_path)
    path.chmod(0o640)
    assert resolve("file:smtp", tmp_path) == "hunter2"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("hunter2", "a secret must be written as env:NAME, file:PATH or cred:NAME"),
        ("env:NOT_SET", "the secret env:NOT_SET is not set; set the environment variable NOT_SET"),
        ("env:EMPTY", "the secret env:EMPTY is empty"),
        ("file:none", "the secret file:none cannot be read: No such file or directory"),
        ("cred:smtp", "cred:smtp needs systemd; add LoadCredential=smtp:PATH to the unit"),
    ],
)
def test_a_secret_that_cannot_be_had_says_what_to_do(
    reference: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(MissingSecret) as raised:
        resolve(reference, tmp_path)
    assert str(raised.value) == message
    assert raised.value.exit_code == 78


def test_a_credential_cannot_leave_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(MissingSecret, match="plain name"):
        resolve("cred:../smtp", tmp_path)


def test_a_literal_is_not_taken_for_a_reference() -> None:
    assert not is_reference("hunter2")
    assert is_reference("env:SMTP_PASSWORD")
