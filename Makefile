# One command each. `make run` on a bare machine needs Python 3.11+ and make.
SHELL := /bin/sh
PY := .venv/bin/python
PYTEST_ARGS ?= -n2

.PHONY: run test lint backup restore upgrade setup-db migrations lock size features clean
.DEFAULT_GOAL := run

run: .venv/.installed
	@exec $(PY) -m config.run

test: .venv/.installed-dev
	@$(PY) -m config.assets --if-stale
	@exec $(PY) -m pytest $(PYTEST_ARGS)

lint: .venv/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m importlinter.cli lint --no-cache 2>/dev/null || .venv/bin/lint-imports

# requirements-dev.txt holds the whole of requirements.txt, so either stamp is enough to run.
.venv/.installed: requirements.txt requirements-uv.txt
	@sh tools/install.sh requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements-uv.txt
	@sh tools/install.sh requirements-dev.txt
	@touch $@ .venv/.installed
