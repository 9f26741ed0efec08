# The verbs of this repository. `make` alone lists them.

PYTHON := .venv/bin/python
READY  := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run dev test fuzz check format tour docs kill bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(READY) ## embedded AWS, tables, a demo organisation, and the server on PREWORK_PORT (8000)
	@exec $(PYTHON) -m prework.run

dev: $(READY) ## the same, restarting on every edit (daphne's runserver)
	@exec $(PYTHON) -m prework.run --reload

test: $(READY) ## the whole test suite, on all cores
	@$(PYTHON) -m pytest -n auto $(ARGS)

fuzz: $(READY) ## the model check of the realtime engine at length: FUZZ_EXAMPLES (100) histories
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} PREWORK_LOG_LEVEL=ERROR \
	    $(PYTHON) -m pytest tests/collab/model --timeout 0 --show-capture no $(ARGS)

check: $(READY) ## format, lint, types, import contracts, and that docs/ is not stale
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON) manage.py catalogue --check

format: $(READY) ## put files into the format that `make check` asks for
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

tour: $(READY) ## play the guide's flows against a running `make run`
	@$(PYTHON) examples/guide_tour.py

bench: $(READY) ## how fast the realtime engine is: rooms, a hot document, readers who do not read; 6 minutes
	@$(PYTHON) -m bench.realtime --peer $(ARGS)

docs: $(READY) ## write the catalogues of errors and events in docs/ anew
	@$(PYTHON) manage.py catalogue

kill: $(READY) ## kill servers and Redis and fail the store under load; 10 minutes, with a report
	@$(PYTHON) -m bench.kill $(ARGS)

# The environment: made once, and again when the pinned requirements change.
$(READY): requirements.txt requirements-dev.txt
	@set -e; \
	can_serve() { "$$1" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	if ! can_serve $(PYTHON); then \
	    for found in python3.11 python3.12 python3.13 python3 none; do \
	        if can_serve $$found; then break; fi; \
	    done; \
	    if [ $$found = none ]; then \
	        echo "prework needs Python 3.11 or newer with venv (Debian: apt install python3-venv);" \
	            "found $$(python3 -V 2>/dev/null || echo no python3)"; \
	        exit 1; \
	    fi; \
	    echo "Making .venv with $$($$found -V) ..."; \
	    $$found -m venv --clear .venv; \
	fi
	@echo "Installing requirements into .venv ..."
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
