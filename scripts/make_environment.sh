#!/usr/bin/env bash
# Makes .venv/NAME from requirements/NAME.txt, with the project itself installed from this folder.
# The file's first line names the Python. An environment whose Python is missing is left out with a warning
# when the third word of that line is 'optional'.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
requirements=requirements/$name.txt
read -r _ _ version optional <"$requirements" || true

if ! python=$(scripts/find_python.sh "$version"); then
    [ "${optional:-}" = optional ] && echo "Leaving out $name." >&2 && exit 0
    exit 1
fi
echo "Making .venv/$name (Python $version)"
export PIP_DISABLE_PIP_VERSION_CHECK=1
rm -f ".venv/$name/.installed"
"$python" -m venv --clear ".venv/$name"
".venv/$name/bin/python" -m pip install -qq -r "$requirements"
".venv/$name/bin/python" -m pip install -qq --no-deps --no-build-isolation --editable .
touch ".venv/$name/.installed"
