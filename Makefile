# Everything starts from a Python 3.11 or newer, git and make. `make start` and `make test` are all a user needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 20
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled modules are kept, whatever the shell says: without them each test process compiles all tests again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup start dev test test-fast test-slow lint fix types check check-content matrix flaws demo flaky bench web pins clean

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

# Four at once, real servers, browsers and clocks can starve one another: what fails is run again, named, one by one.
test-slow: setup ## the rest, which mostly waits: for browsers, for servers to start, for time to pass
	$(BIN)/pytest -n 4 --dist worksteal -m "slow or browser" \
	  || { test $$? = 1 && echo "These failed beside others; alone:" && $(BIN)/pytest -v --last-failed -m "slow or browser"; }

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

check: lint types test ## the whole truth; the tests run the curriculum's linter too

matrix: setup ## each flaw of each lab, against the checks that must catch it
	$(BIN)/backroad flaws --narrow

flaws: setup ## the matrix: which flaw is caught by which check, and that no check is fooled by another flaw
	$(BIN)/backroad flaws --golden tests/golden

flaky: setup ## the reference N times with one seed: the outcomes must be identical
	$(BIN)/backroad flaky shortener --times $(N)

demo: setup ## screenshots and the terminal capture of the README
	$(BIN)/python scripts/demo.py

bench: setup ## every benchmark
	$(BIN)/python bench/plan.py
	-$(BIN)/python bench/placement.py
	-$(BIN)/python bench/pages.py
	-$(BIN)/python bench/watchers.py
	-$(BIN)/python bench/scale.py --learners 10000
	-$(BIN)/python bench/graders.py

web: ## build the pages' scripts and styles with the Node.js on this machine
	cd web && npm ci --no-audit --no-fund && node build.mjs

pins: ## renew the pinned versions
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c constraints.txt --group dev -o constraints-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c constraints.txt -c constraints-dev.txt --extra observability pyproject.toml -o constraints-server.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c constraints.txt -c constraints-dev.txt --extra observability --extra services pyproject.toml -o constraints-worker.txt

clean: ## remove what was built
	rm -rf $(VENV) web/node_modules src/backroad/static
