#!/bin/sh
# Resolves pyproject.toml into requirements.lock (what runs) and requirements-dev.lock (that and what tests it).
# `sh scripts/lock.sh --upgrade` takes newer versions. The files carry hashes for every platform and name no package index.
set -eu

if ! command -v uv >/dev/null 2>&1; then
    echo "make lock needs uv: pip install uv" >&2
    exit 1
fi

resolve() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links "$@"; }

resolve pyproject.toml --output-file requirements.lock "$@"
resolve pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock "$@"
if grep -n '://' requirements.lock requirements-dev.lock; then
    echo "A lock file names an address (see above); it must not." >&2
    exit 1
fi
