#!/usr/bin/env bash
# Prints the path of a Python of the given version (such as 3.11) that can make virtual environments.
# Exit status 1 and one line on stderr when there is none.
set -euo pipefail
version=$1

candidates() {
    type -ap "python$version" python3 python || true
    local root
    for root in "${PYENV_ROOT:-}" "$HOME/.pyenv" /opt/pyenv; do
        [ -n "$root" ] && ls -d "$root/versions/$version"*/bin/python3 2>/dev/null || true
    done
    if command -v uv >/dev/null; then uv python find "$version" 2>/dev/null || true; fi
}

while read -r python; do
    # Asks the interpreter itself: a pyenv shim may exist for a version that is not selected.
    if found=$("$python" - "$version" 2>/dev/null <<'CHECK'
import ensurepip, sys, venv
assert "%d.%d" % sys.version_info[:2] == sys.argv[1] and sys.maxsize > 2**32
print(sys.executable)
CHECK
    ); then
        echo "$found"
        exit 0
    fi
done < <(candidates)

echo "No Python $version with venv found: on Debian 'apt-get install python$version-venv', else 'pyenv install $version'." >&2
exit 1
