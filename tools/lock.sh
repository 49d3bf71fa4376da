#!/bin/sh
# Write the lists of locked Python packages anew from pyproject.toml. They name hashes and no host.
set -eu
cd "$(dirname "$0")/.."
uv="$PWD/.venv/bin/python -m uv"
trap 'rm -f uv.lock' EXIT # it names the registry that this machine happens to use
$uv lock -q --upgrade
export_to() { $uv export -q --frozen --no-emit-project --no-header --no-annotate -o "$@" >/dev/null; }
export_to requirements.txt --no-dev
export_to requirements-dev.txt --group dev
export_to requirements-uv.txt --only-group uv
export_to requirements-node.txt --only-group node
