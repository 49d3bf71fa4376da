# One command each. `make run` on a bare machine needs Python 3.11 or newer and make, nothing else.
PY := .venv/bin/python
PYTEST_ARGS ?= -n2 --dist worksteal

# Where this is set, each of our processes would compile all of its modules anew: seconds, at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: run test lint bench screenshots matrix schema messages features size lock backup restore upgrade setup-db clean

run: .venv/.installed
	@exec $(PY) -m config.run

test: .venv/.installed-dev
	@$(PY) -m config.assets --if-stale
	@exec $(PY) -m pytest $(PYTEST_ARGS)

# What every role may ask for, and what other programs may: copies that show in a review what a change means.
matrix: .venv/.installed-dev
	@$(PY) -m tests.matrix

schema: .venv/.installed-dev
	@$(PY) -m tests.openapi

lint: .venv/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@.venv/bin/python -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-cache

# Strings of templates and Python into locale/<app>/<language>; then what lacks a translation.
messages: .venv/.installed-dev
	@$(PY) tools/messages.py update
	@$(PY) tools/messages.py check

# Speed beside its limit, in one run; BENCH_ARGS="--both" for both sizes.
bench: .venv/.installed-dev
	@exec $(PY) -m benchmarks $(BENCH_ARGS)

# Pictures of the demo for the README; beside a running `make run`.
screenshots: .venv/.installed-dev
	@exec $(PY) -m tests.screenshots

# Which rows of the feature list carry a test; how long files and functions are.
features:
	@python3 tools/features.py

size:
	@python3 tools/size.py

# Newer versions of every package, into the lists with hashes.
lock: .venv/.installed-dev
	@sh tools/lock.sh

# TO=file is where to; beside a running clinic too.
backup: .venv/.installed
	@exec $(PY) -m config.backup backup "$(TO)"

# FROM=file; only into an installation without a clinic.
restore: .venv/.installed
	@exec $(PY) -m config.backup restore "$(FROM)"

# After fetching a new version of the program, with the clinic stopped.
upgrade: .venv/.installed
	@$(PY) -m config.backup backup ""
	@exec $(PY) -m config.run --prepare-only

# Roles, database and rights on a server that is not ours; see docs/running.md.
setup-db: .venv/.installed
	@exec $(PY) -m config.setup_db

# What can be made again. The data (var/) stay.
clean:
	rm -rf .venv node_modules static/vendor var/run/static var/test*

# requirements-dev.txt holds the whole of requirements.txt, so it is enough to run as well.
.venv/.installed: requirements.txt requirements-uv.txt
	@sh tools/install.sh requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements-uv.txt
	@sh tools/install.sh requirements-dev.txt
	@touch .venv/.installed $@
