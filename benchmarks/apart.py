"""Work in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

MEGA = 1_000_000


class Told(NamedTuple):
    """What the work gave (as JSON tells it), and the most memory that its process held, in MB."""

    result: Any
    peak: float


def apart(work: Callable[..., object], *arguments: str | int) -> Told:
    """Do that function's work in a new Python; CalledProcessError if it fails."""
    command = [sys.executable, "-m", "benchmarks.apart", work.__module__, work.__name__, json.dumps(arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Told(*json.loads(done.stdout.splitlines()[-1]))


def held(which: str = "VmHWM") -> float:
    """MB that this process holds (VmRSS), or held at most (VmHWM)."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None, "the kernel tells what a process holds"
    return int(found[1]) * 1024 / MEGA


if __name__ == "__main__":
    module, name, given = sys.argv[1:]
    outcome = getattr(import_module(module), name)(*json.loads(given))
    print(json.dumps((outcome, held())))
