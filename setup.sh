#!/bin/sh
# Makes .venv: the locked dependencies and this project, editable. Does nothing while the locks stay as they are.
# PYTHON names another interpreter than python3.
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
stamp=.venv/.setup

stop() {
    echo "setup: $1" >&2
    exit 1
}

fingerprint() {
    { cat requirements.lock requirements-build.lock pyproject.toml setup.py setup.sh
      "$python" -c 'import sys; print(sys.version, sys.executable)'; pwd; } | sha256sum
}

check_machine() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        stop "Python 3.11 or newer is needed as $python; apt-get install python3, or set PYTHON to one"
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        stop "the Python module venv is missing; apt-get install python3-venv"
    compiler=${CC:-$("$python" -c 'import sysconfig; print((sysconfig.get_config_var("CC") or "cc").split()[0])')}
    echo '#include <stdio.h>' | ${compiler} -E - >/dev/null 2>&1 ||
        stop "a C compiler is needed to build durable-rules ($compiler does not work); apt-get install gcc libc6-dev"
    "$python" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
        stop "the C headers of Python are missing (Python.h); apt-get install python3-dev"
}

pip_install() {
    .venv/bin/python -m pip --disable-pip-version-check install --quiet "$@" ||
        stop "the installation failed; the lines above say why"
}

install() {
    "$python" -m venv --clear .venv || stop "could not make .venv; the lines above say why"
    # The build tools first, pinned as well; then nothing is fetched that the locks do not name.
    pip_install --require-hashes -r requirements-build.lock
    # Python 3.13 dropped a name that durable-rules still calls; elsewhere this definition changes nothing.
    export CPPFLAGS="${CPPFLAGS:-} -DPyEval_CallObject=PyObject_CallObject"
    pip_install --no-build-isolation --use-pep517 --require-hashes -r requirements.lock
    pip_install --no-build-isolation --no-deps --editable .
}

check_python_runs() {
    command -v "$python" >/dev/null 2>&1 ||
        stop "$python is not installed; apt-get install python3 python3-venv python3-dev gcc"
}

check_python_runs
wanted=$(fingerprint)
[ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ] && exit 0
check_machine
echo "setup: installing the locked dependencies into .venv (about a minute, once)" >&2
rm -f "$stamp"
install
echo "$wanted" >"$stamp"
