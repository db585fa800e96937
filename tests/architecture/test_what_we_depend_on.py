"""Licences of what is installed from the lock file, and secrets in what is kept under version control."""

from __future__ import annotations

import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|PSFL|Python Software Foundation|MPL|Mozilla Public License|LGPL|Lesser General|0BSD|"
    r"Zlib|CC0)", re.IGNORECASE,
)  # fmt: skip
FORBIDDEN = re.compile(r"(?<!L)\bA?GPL|(?<!Lesser )General Public License|Affero|SSPL|Commons Clause|Proprietary", re.I)
READ_BY_A_PERSON = {
    "axe-playwright-python": "MIT",  # its metadata names none; LICENSE in its repository
}
"""Packages whose metadata do not say."""


def locked() -> list[str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [found[0] for line in lines if (found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line))]


def licence_of(package: str) -> str:
    """Everything its metadata say of it: the expression (PEP 639), classifiers, or the first line of the old field."""
    about = metadata.metadata(package)
    said = [about.get("License-Expression") or "", (about.get("License") or "").partition("\n")[0]]
    said += [one.rpartition("::")[2] for one in about.get_all("Classifier") or [] if one.startswith("License")]
    return " ".join(filter(None, said)) or READ_BY_A_PERSON.get(package, "")


@pytest.mark.parametrize("package", locked())
def test_its_licence_is_one_we_allow(package: str) -> None:
    try:
        said = licence_of(package)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed here")
    assert ALLOWED.search(said), said
    assert not FORBIDDEN.search(said), said


SECRETS = re.compile(
    rb"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s*[A-Za-z0-9+/=]{40}"
    rb"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40}|\bxox[abprs]-[A-Za-z0-9-]{10}"
    rb"|\bsk_live_[A-Za-z0-9]{16}|\bAIza[0-9A-Za-z_-]{35}\b|\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\."
    rb"|\b(?:postgresql|mysql|redis|amqp|https?|smtp)://[^\s:@/\"']+:(?!PASSWORD|\*)[^\s:@/\"'{$<]{8,}@(?!localhost|127\.)"
)  # fmt: skip
KNOWN = {"tests/faults/localhost.pem"}
"""The self-signed key of a server that tests start; it opens nothing."""


def test_no_secret_is_kept_under_version_control() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    files = [name for name in listed.stdout.decode().split("\0") if name and name not in KNOWN]
    assert len(files) > 500
    found = {name: hit[0][:24] for name in files if (file := ROOT / name).is_file()
             if (hit := SECRETS.search(file.read_bytes()))}  # fmt: skip
    assert found == {}


@pytest.mark.parametrize("line", [
    b"-----BEGIN PRIVATE KEY-----\n" + b"M" * 64, b"aws = 'AKIA" + b"A" * 16 + b"'", b"ghp_" + b"a" * 36,
    b"postgresql://" + b"admin:s3cretpassw0rd@db.internal/x",
])  # fmt: skip
def test_a_secret_would_be_found(line: bytes) -> None:
    assert SECRETS.search(line)
