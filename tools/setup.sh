#!/bin/sh
# Prepare .venv: Python 3.11 or newer, the pinned requirements, this project in place. Does nothing when it is up to
# date. PYTHON names another interpreter; otherwise the first suitable one of PATH is taken.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '\nmake setup: %s\n' "$1" >&2
    shift
    for line; do printf '  %s\n' "$line" >&2; done
    exit 1
}

suitable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

wanted() { cat requirements/product.txt requirements/dev.txt pyproject.toml | cksum | tr '\n' ' '; pwd; }

if [ -f .venv/.complete ] && [ "$(cat .venv/.complete)" = "$(wanted)" ] && suitable .venv/bin/python; then
    exit 0
fi

python=${PYTHON:-}
if [ -n "$python" ]; then
    command -v "$python" >/dev/null 2>&1 || fail "PYTHON=$python was not found."
    suitable "$python" || fail "PYTHON=$python is older than Python 3.11 ($("$python" -V 2>&1))."
else
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && suitable "$candidate"; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail "Orrery needs Python 3.11 or newer; found: $(python3 -V 2>&1 || echo none)." \
        "Install one, for example: sudo apt-get install python3.12 python3.12-venv" \
        "or name yours: make setup PYTHON=/path/to/python3"
fi
"$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
    fail "$python has no venv module, which makes the environment." \
        "On Debian and Ubuntu: sudo apt-get install python3-venv"

rm -f .venv/.complete 2>/dev/null || true
here=$(pwd)
if ! suitable .venv/bin/python || [ "$(cat .venv/.place 2>/dev/null)" != "$here" ]; then
    echo "Making .venv with $("$python" -V 2>&1)"
    "$python" -m venv --clear .venv || fail "could not make .venv (see above)."
    printf '%s\n' "$here" >.venv/.place
fi

echo "Installing the pinned requirements"
pip="env PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install --quiet"
$pip --no-deps -r requirements/dev.txt </dev/null ||
    fail "the requirements could not be installed (see above)." \
        "The Python Package Index, or the index pip is configured for, must be reachable."
$pip --no-deps --no-build-isolation --editable . </dev/null || fail "the project itself could not be installed (see above)."
wanted >.venv/.complete
echo "Ready: .venv/bin/orrery, .venv/bin/python"
