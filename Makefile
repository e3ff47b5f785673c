# Every verb makes its own .venv from the lock files first; nothing else needs to be installed by hand.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv

# uv trusts what the system trusts; where it cannot reach an index that only pip knows of, pip installs instead.
export UV_SYSTEM_CERTS := 1
INSTALL = $(UV) pip install -q --python $(BIN)/python $(1) || $(BIN)/python -m pip install -q --disable-pip-version-check $(1)

.DEFAULT_GOAL := help
.PHONY: help demo sandbox test hazards lint fmt bench simulate mutants pictures lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(VENV)/demo.stamp ## Watch one community being brought into step across four tools
	$(BIN)/copsync demo

sandbox: $(VENV)/run.stamp ## Run the stand-ins of the tools until Ctrl-C
	$(BIN)/copsync sandbox

test: lint ## Everything CI runs: lint, types, imports, tests
	$(BIN)/pytest -n 2 --dist loadscope -m "not prefect"
	$(BIN)/pytest -m prefect

hazards: $(VENV)/dev.stamp ## Run the tests of every hazard and invariant, and print the list
	$(BIN)/python -m tests.hazards

lint: $(VENV)/dev.stamp ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(VENV)/dev.stamp ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp ## Print the table of figures (docs/benchmarks.md explains them)
	$(BIN)/python -m tests.bench

simulate: $(VENV)/dev.stamp ## Play seeds of the simulation: SEEDS=1000 START=0 JOBS=cores; CALENDAR=1 plays series
	$(BIN)/python -m tests.simulation.runner --seeds $(or $(SEEDS),1000) --start $(or $(START),0) $(if $(JOBS),--jobs $(JOBS)) $(if $(CALENDAR),--calendar) $(if $(TRACE),--trace)

mutants: $(VENV)/dev.stamp ## Put faults into the engine one at a time, and see the simulation find each
	$(BIN)/python -m tests.simulation.mutants
	$(BIN)/python -m tests.simulation.calendar.mutants

pictures: $(VENV)/dev.stamp ## Draw the cards that the documentation shows (needs Chromium, npm and its registry)
	$(BIN)/python -m tests.pictures

lock: $(VENV)/uv.stamp ## Resolve the lock files anew
	$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		requirements/bootstrap.in -o requirements/bootstrap.lock
	$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml -o requirements/run.lock
	$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --extra demo -c requirements/run.lock -o requirements/demo.lock
	$(UV) pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --extra dev -c requirements/demo.lock -o requirements/dev.lock

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/uv.stamp: requirements/bootstrap.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(VENV)/run.stamp: requirements/run.lock pyproject.toml $(VENV)/uv.stamp
	$(call INSTALL,--require-hashes -r requirements/run.lock)
	$(call INSTALL,--no-deps --no-build-isolation -e .)
	@touch $@

$(VENV)/demo.stamp: requirements/demo.lock $(VENV)/run.stamp
	$(call INSTALL,--require-hashes -r requirements/demo.lock)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	$(call INSTALL,--require-hashes -r requirements/dev.lock)
	@touch $@
