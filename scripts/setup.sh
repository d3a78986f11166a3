#!/bin/sh
# Makes the virtual environment from the hashed lock: `sh scripts/setup.sh VENV STAMP`.
# uv is used where it is on PATH (seconds instead of a minute); plain pip does the same. PYTHON=… chooses the interpreter.
set -eu

venv=$1
stamp=$2
lock=requirements-dev.lock

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        if [ -n "$candidate" ] && usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no python3 at all")
    cat >&2 <<TEXT
Python 3.11 or newer is needed; found: $found.
  Debian 12, Ubuntu 24.04 or newer:  apt-get install python3 python3-venv
  other systems:                     install it from python.org
If it stands outside PATH:           make setup PYTHON=/path/to/python3.11
TEXT
    exit 1
}

make_venv() {
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --clear --seed --python "$(command -v "$python")" "$venv"
    elif "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        "$python" -m venv --clear "$venv"
    else
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "Python $version is here, but without its venv module: apt-get install python$version-venv" >&2
        exit 1
    fi
}

install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$venv/bin/python" --require-hashes --requirement "$lock"
    else
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-compile --require-hashes --requirement "$lock"
    fi
    # A warm bytecode cache halves the start of every command.
    "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
}

# Two people (or two CI steps) may set up the same folder at once: the second waits and then finds the stamp.
if command -v flock >/dev/null 2>&1; then
    exec 9>.setup.lock
    flock 9
fi
if [ -e "$stamp" ] && [ ! "$lock" -nt "$stamp" ] && usable "$venv/bin/python"; then
    touch "$stamp"
    exit 0
fi

python=$(find_python)
# A copied or half-made environment is made anew, a sound one only brought up to the lock.
if ! usable "$venv/bin/python" || ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
    echo "Setting up $venv ($("$python" --version), about a minute with pip, seconds with uv) …"
    make_venv
else
    echo "Bringing $venv up to the lock …"
fi
rm -f "$stamp"
install || {
    echo "The packages could not be installed: is a package index reachable? The lines above say what failed." >&2
    exit 1
}
touch "$stamp"
