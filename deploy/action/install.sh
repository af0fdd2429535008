#!/usr/bin/env bash
# The Action's first half: Orrery in an environment of its own, and its commands alone on the path of later steps.
set -euo pipefail

place=$RUNNER_TEMP/orrery
"$PYTHON_PATH" -m venv "$place/venv"
pip() { "$place/venv/bin/python" -m pip --disable-pip-version-check install --quiet "$@"; }

if [ -n "$VERSION" ]; then
    pip "orrery-cloud==$VERSION"
else
    pip --no-deps --only-binary=:all: -r "$CHECKOUT/requirements/product.txt"
    pip --no-deps "$CHECKOUT"
fi

mkdir -p "$place/bin"
for name in orrery awslocal tflocal; do
    if [ -x "$place/venv/bin/$name" ]; then
        ln -sf "$place/venv/bin/$name" "$place/bin/$name"
    fi
done
echo "$place/bin" >>"$GITHUB_PATH"
