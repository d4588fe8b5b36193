# Everything starts from a Python 3.11 or newer, git and make. `make start` and `make test` are all a user needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 20
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup start dev test test-fast test-slow lint fix types check check-content flaws demo flaky bench web pins clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.product: constraints.txt pyproject.toml web/package.json web/package-lock.json web/build.mjs $(wildcard web/src/*)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Backroad into $(VENV) (a minute the first time) …"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: -r constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.dev: constraints-dev.txt $(VENV)/.product
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: -r constraints-dev.txt
	@touch $@

setup: $(VENV)/.product $(VENV)/.dev ## a working .venv/bin/backroad, and all that development needs

start: $(VENV)/.product ## start Backroad and open it in the browser
	@$(BIN)/backroad start

dev: setup ## start without a browser, with a data folder of its own
	BACKROAD_HOME=.dev-home $(BIN)/backroad start --no-browser

test: test-fast test-slow ## all tests, fast and slow; says what this machine left out

test-fast: setup ## the tests that take milliseconds
	$(BIN)/pytest -n 2 -m "not slow and not browser"

test-slow: setup ## the rest, one after the other: races and timings want the machine for themselves
	$(BIN)/pytest -m "slow or browser"

lint: setup ## ruff and the import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

fix: setup ## format, and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## mypy --strict
	$(BIN)/mypy

check-content: setup ## the curriculum's linter, with every key executed
	$(BIN)/backroad content check

check: lint types check-content test ## the whole truth

flaws: setup ## the matrix: which flaw is caught by which check
	$(BIN)/backroad flaws --lab shortener

flaky: setup ## the reference N times with one seed: the outcomes must be identical
	$(BIN)/backroad flaky shortener --times $(N)

demo: setup ## screenshots and the terminal capture of the README
	$(BIN)/python scripts/demo.py

bench: setup ## every benchmark
	$(BIN)/python bench/plan.py

web: ## build the pages' scripts and styles with the Node.js on this machine
	cd web && npm ci --no-audit --no-fund && node build.mjs

pins: ## renew the pinned versions
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c constraints.txt --group dev -o constraints-dev.txt

clean: ## remove what was built
	rm -rf $(VENV) web/node_modules src/backroad/static
