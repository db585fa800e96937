"""A channel from outside: the worked example of docs/write-a-channel.md, installed and used as its page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.testing.http_stub import HttpStub, Reply, Request
from engine.settings.load import read_settings
from engine.settings.plugin_model import PluggedIn

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "write-a-channel.md").read_text("utf-8")
EMAIL = "  email: {kind: file, folder: outbox}\n"


def example(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[number]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it is installed into."""
    source, target = tmp_path_factory.mktemp("followup-ntfy"), tmp_path_factory.mktemp("installed")
    (source / "pyproject.toml").write_text(example("toml"), "utf-8")
    (source / "followup_ntfy.py").write_text(example("python"), "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True, timeout=120)
    (target / "test_ntfy.py").write_text(example("python", 1), "utf-8")
    return target


@pytest.fixture
def installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(package))


Offer = Callable[..., None]


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Installs a package with one module: `offer("followup-gong", "gong", "code", kind="followup_gong:PLUGIN")`."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def installs(package: str, module: str, code: str, **kinds: str) -> None:
        (tmp_path / f"{module}.py").write_text(code, "utf-8")
        about = tmp_path / f"{module}-2.1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 2.1\n", "utf-8")
        lines = (f"{kind} = {place}\n" for kind, place in kinds.items())
        (about / "entry_points.txt").write_text(f"[followup.channels]\n{''.join(lines)}", "utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return installs


class Ntfy(HttpStub):
    def reply(self, _request: Request) -> Reply:
        return Reply(200, '{"id": "n1"}')


def push(house: Any, keys: str) -> None:
    config = Path(house.config)
    config.write_text(config.read_text("utf-8").replace(EMAIL, f"{EMAIL}  push: {{{keys}}}\n"), "utf-8")


def problems_of(keys: str) -> list[str]:
    _, problems = read_settings(f"channels:\n  push: {{{keys}}}\ndefaults: {{via: [push]}}\n", "config.yaml")
    return [str(problem) for problem in problems]


def test_the_example_is_forty_lines_and_keeps_the_contract(package: Path) -> None:
    code = [line for line in example("python").splitlines() if line.strip() and "import" not in line]
    assert len(code) <= 45
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_ntfy.py"], cwd=package, text=True,
        capture_output=True, timeout=120, env=os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(package)))},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "22 passed" in done.stdout


@pytest.mark.usefixtures("installed")
def test_the_example_of_a_config_loads() -> None:
    settings, problems = read_settings(example("yaml"), "config.yaml")
    assert problems == ()
    assert settings is not None
    channel = settings.channels["push"]
    assert isinstance(channel, PluggedIn)
    assert (channel.offer.source, channel.options.prefix) == ("followup-ntfy 1.0", "acme-")


@pytest.mark.usefixtures("installed")
def test_it_is_a_channel_like_any_other(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTFY_TOKEN", "tk_1")
    with Ntfy() as server:
        push(house, f"kind: ntfy, url: '{server.url}', prefix: acme-, token: env:NTFY_TOKEN, networks: [127.0.0.0/8]")
        _, known = house.rows("channels", "list")
        assert (known["kind"], known["origin"], known["reaches"]) == ("ntfy", "followup-ntfy 1.0", "rep")
        assert (known["shows"], known["ready"]) == ("markdown", "yes, into files")
        assert house.say("channels", "test", "push", "--to", "rep#li") == "push took the test for rep#li\n"
        assert server.requests == []
        house.end_rehearsal()
        assert house.say("channels", "test", "push", "--to", "rep#li") == "push took the test for rep#li\n"
        [request] = server.requests
    assert (request.json()["topic"], request.head["Authorization"]) == ("acme-li", "Bearer tk_1")


@pytest.mark.usefixtures("installed")
def test_what_reaches_no_customer_is_refused_by_check(house: Any) -> None:
    push(house, "kind: ntfy, prefix: acme-, token: env:NTFY_TOKEN")
    house.write("rules/push.yaml", """\
rules:
  - id: by-push
    summary: A wish by push
    category: festive
    on: {date: birthday}
    steps:
      - {id: wish, at: +0d 09:00, greet: lead, template: greeting/birthday, via: [push]}
""")
    result = house.call("check")
    assert result.exit_code == 1
    assert 'R216: channel "push" does not reach a lead; use email' in result.stderr


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("keys", "problem"),
    [("kind: ntfy, token: env:T, prefix: 7", '2:44: error C103: channels.push.prefix must be text (quote it), not 7'),
     ("kind: ntfy, token: env:T, prefix: a-, port: 1", '2:48: error C102: unknown key "port" in channels.push'),
     ("kind: ntfy, prefix: a-", '2:3: error C104: channels.push lacks "token"'),
     ("kind: ntfy, prefix: a-, token: tk_1",
      "2:41: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME"),
     ("kind: ntfy, prefix: a-, token: env:T, receivers: [lead]",
      '2:60: error C103: channels.push.receivers.1 cannot be "lead"; use one of rep')],
    ids=["shape", "unknown", "missing", "secret", "receiver"],
)  # fmt: skip
def test_a_mistake_in_its_keys_is_named_at_its_place(keys: str, problem: str) -> None:
    assert problems_of(keys) == [f"config.yaml:{problem}"]


@pytest.mark.usefixtures("installed")
def test_a_kind_that_nobody_offers_is_told_with_those_that_there_are() -> None:
    [problem] = problems_of("kind: ntfi")
    assert problem.startswith('config.yaml:2:16: error C103: channels.push.kind cannot be "ntfi"; did you mean "ntfy"?')
    assert {"email", "sms", "webhook", "ntfy"} <= set(re.findall(r"\w+", problem.partition("There are ")[2]))


@pytest.mark.parametrize(
    ("code", "why"),
    [("import no_such_module", "does not load: ModuleNotFoundError: No module named 'no_such_module'"),
     ("PLUGIN = 7", "is no adapters.plugin.Plugin: gong:PLUGIN"),
     ("", "does not load: AttributeError: module 'gong' has no attribute 'PLUGIN'")],
    ids=["raises", "another thing", "nothing"],
)  # fmt: skip
@pytest.mark.usefixtures("installed")
def test_a_plugin_that_is_broken_is_one_line_and_takes_no_other_with_it(offer: Offer, code: str, why: str) -> None:
    offer("followup-gong", "gong", code, gong="gong:PLUGIN")
    line = f'error C121: the plug-in "gong" of followup-gong 2.1 {why}; mend, update or remove the package'
    assert problems_of("kind: gong") == [f"config.yaml:2:16: {line}"]
    assert problems_of("kind: ntfy, prefix: a-, token: env:T") == []


def test_two_packages_that_offer_one_kind_are_both_named(offer: Offer) -> None:
    offer("followup-gong", "gong", "", gong="gong:PLUGIN")
    offer("followup-bell", "bell", "", gong="bell:PLUGIN")
    [problem] = problems_of("kind: gong")
    assert 'the kind "gong" is offered by followup-bell 2.1 and by followup-gong 2.1; remove one' in problem


MAPPED = """\
from adapters.base import Capabilities
from adapters.plugin import Plugin
def build(config, site):
    raise OSError(f"no {config['place']} with {site.secrets['key']}" if config["tells"] else f"no {config['place']}")
PLUGIN = Plugin(build, Capabilities(receivers=frozenset({"lead", "rep"})), secrets=("key",), addressed_by="phone")
"""


def test_without_a_model_it_gets_its_keys_and_what_it_raises_is_a_line_without_secrets(
    house: Any, offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer("followup-gong", "gong", MAPPED, gong="gong:PLUGIN")
    assert problems_of("kind: gong, place: hall") == ['config.yaml:2:3: error C104: channels.push lacks "key"']
    monkeypatch.setenv("KEY", "s3cret")
    push(house, "kind: gong, place: hall, key: env:KEY, tells: false")
    house.end_rehearsal()
    config = Path(house.config)
    told = 'channel "push" could not be set up by followup-gong 2.1: no hall'
    assert house.rows("channels", "list")[1]["ready"] == told
    config.write_text(config.read_text("utf-8").replace("tells: false", "tells: true"), "utf-8")
    assert house.rows("channels", "list")[1]["ready"].endswith("followup-gong 2.1: OSError")
