"""Puts the starter content (config.yaml, rules/, templates/, ...) into the wheel, where `init` finds it."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
STARTER = ("config.yaml", "rules", "templates", "samples", "profiles")


class BuildWithStarter(build_py):
    """An editable install reads the content where it lies; a wheel carries a copy in engine/starter/."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "engine" / "starter"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in STARTER:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, target / name)


setup(cmdclass={"build_py": BuildWithStarter})
