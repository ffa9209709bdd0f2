# Everything here starts from a bare checkout: Python 3.11 to 3.13, make and git, and the package index.
# The environment is made in .venv and nowhere else.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv
BIN := $(VENV)/bin
OLDEST := .venv-oldest
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Tests run in as many processes as there are cores; WORKERS=0 runs them in one, which a debugger needs.
WORKERS ?= auto
PYTEST_ARGS ?=
PYTEST = -m pytest --numprocesses $(WORKERS) --dist worksteal
OUT ?= out

.PHONY: demo test test-oldest oldest-versions check lint docs diagrams benchmark clean help

help: ## List what can be made.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/.installed ## Set up and plan the bundled Lorestan example into out/.
	$(BIN)/fiberplan demo --output $(OUT)

test: $(VENV)/.installed-dev ## Set up and run all tests.
	$(BIN)/python $(PYTEST) $(PYTEST_ARGS)

test-oldest: $(OLDEST)/.installed ## Run the tests with the oldest allowed dependencies, without browser and notebooks.
	$(OLDEST)/bin/python $(PYTEST) -m "not browser and not notebook" $(PYTEST_ARGS)

oldest-versions: $(BIN)/python ## Write constraints-oldest.txt anew, after a lower bound in pyproject.toml changed.
	$(PIP_INSTALL) uv
	$(BIN)/uv pip compile pyproject.toml --extra test --resolution lowest-direct --python-version 3.11 \
	  --no-annotate --no-header --quiet --output-file constraints-oldest.txt

check: lint docs ## Most of what CI checks: style, types, imports, documentation, tests with coverage.
	$(MAKE) test PYTEST_ARGS="--cov --cov-report=term:skip-covered $(PYTEST_ARGS)"

lint: $(VENV)/.installed-dev ## Style, types and layers.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev ## Build the documentation into site/, strictly.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

diagrams: $(VENV)/.installed-dev ## Draw the diagrams of docs/architecture.md from the code.
	$(BIN)/python tools/draw_diagrams.py

benchmark: $(VENV)/.installed-dev ## Measure; see docs/benchmarks.md.
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/games.py
	$(BIN)/python benchmarks/subsidy.py

clean: ## Remove what was made here, except the environment.
	rm -rf site out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed, and none was found." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(GET_VENV) && $(PYTHON) -m venv $(VENV); }

# Debian keeps Python's venv in a package of its own.
GET_VENV = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
  then apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; \
  else echo "Python's venv is missing; on Debian: sudo apt-get install python3-venv" >&2; false; fi

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable .
	@touch $@

$(OLDEST)/.installed: $(BIN)/python pyproject.toml constraints-oldest.txt
	$(BIN)/python -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-oldest.txt --editable ".[test]"
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[dev]"
	@touch $@ $(VENV)/.installed
