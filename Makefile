# Everything here starts from a bare checkout: Python 3.11 to 3.13, make and git, and the package index.
# The environment is made in .venv and nowhere else.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST_ARGS ?=
OUT ?= out

.PHONY: demo test check lint docs benchmark notebooks clean help

help: ## List what can be made.
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Set up and plan the bundled Lorestan example into out/.
	$(BIN)/fiberplan demo --output $(OUT)

test: $(VENV)/.installed-dev ## Set up and run all tests.
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint docs ## Everything that CI checks: style, types, layers, documentation, tests with coverage.
	$(MAKE) test PYTEST_ARGS="--cov --cov-report=term:skip-covered $(PYTEST_ARGS)"

lint: $(VENV)/.installed-dev ## Style, types and layers.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev ## Build the documentation into site/, strictly.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

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

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable ".[dev]"
	@touch $@ $(VENV)/.installed
