#!/bin/sh
# Make .venv and put the locked packages of one list into it: sh tools/install.sh requirements.txt
set -eu
list=$1
venv=.venv
python=$venv/bin/python

fail() { echo "$1" >&2; exit 1; }

find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found."
}

# A half-made environment (an interrupted first start) answers no to this and is made again.
if ! "$python" -m pip --version >/dev/null 2>&1; then
    system=$(find_python)
    "$system" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python cannot make virtual environments here. On Debian: apt install python3-venv"
    rm -rf "$venv"
    echo "making $venv"
    "$system" -m venv "$venv" || fail "The virtual environment could not be made (see above)."
fi

# uv is only a faster pip: where it cannot be had or cannot reach the index, pip installs the same list.
echo "installing the packages of $list"
with_pip() { "$python" -m pip install -q --disable-pip-version-check --require-hashes -r "$1"; }
with_uv() {
    "$python" -m uv --version >/dev/null 2>&1 || with_pip requirements-uv.txt >/dev/null 2>&1 || return 1
    UV_LINK_MODE=copy "$python" -m uv pip install -q -p "$python" --require-hashes -r "$1" 2>/dev/null
}
with_uv "$list" || with_pip "$list" ||
    fail "The packages could not be installed (see above). Is there a network? Run the same command again when there is."
