# make demo   a province's operations centre on this machine
# make test   the checks and the tests
# Needs Debian or Ubuntu with Python 3.11 or newer; everything else is fetched when it is missing.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo install test quick check pytest bench screens lock clean system-test

ARGS ?=
BENCH ?= start ingest reading series paint drill fanout takeover sizing hostile
UNLISTED := --no-emit-package unidecode --no-emit-package geopy --no-emit-package geographiclib
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $(UNLISTED) --no-header --no-annotate pyproject.toml
PYTEST = IOC_TEST_BROWSER=$$(install/browser.sh) .venv/bin/pytest
PROCESSES = $(shell echo $$(($$(nproc) + 1)))# many tests wait for other programs
AGAIN = echo "What failed, once more and alone:" && $(PYTEST) --last-failed --last-failed-no-failures none
export PYTHON IOC_TEST_BROWSER

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: ## the demo on http://127.0.0.1:8050 (PROVINCE=40, PORT=8051, ARGS=…); Ctrl-C stops it
	@install/venv.sh run
	@exec .venv/bin/ioc demo $(if $(PROVINCE),--province $(PROVINCE)) $(if $(PORT),--port $(PORT)) $(ARGS)

install: ## only the product, into .venv
	@install/venv.sh run

test: system-test check pytest ## everything: style, types, tests

quick: check ## style, types and what needs neither a browser nor a PostgreSQL nor much time (ARGS="tests/geo")
	$(PYTEST) -n $(PROCESSES) --dist loadfile -q -m "not browser and not long and not postgres" -k "not postgresql" $(ARGS)

check: ## style and types
	@install/venv.sh dev
	.venv/bin/ruff check --no-cache --quiet .
	.venv/bin/ruff format --no-cache --check --quiet .
	.venv/bin/mypy

pytest: ## the tests alone (ARGS="tests/test_cli.py -k port"); those with a browser after the others, it needs the machine
	@install/venv.sh dev
	$(PYTEST) -n $(PROCESSES) --dist loadfile -m "not browser" $(ARGS) || test $$? = 5 || { $(AGAIN) -m "not browser" $(ARGS); }
	$(PYTEST) -n 2 --dist loadfile -m browser $(ARGS) || test $$? = 5 || { $(AGAIN) -m browser $(ARGS); }

bench: system-test ## the measurements (BENCH="ingest paint" for some of them)
	@install/venv.sh dev
	@for part in $(BENCH); do echo "== $$part" && .venv/bin/python -m bench.$$part $(ARGS) || exit 1; done

screens: ## pictures of every page on every screen, and what is wrong with them (ARGS="--only wall")
	@install/venv.sh dev
	IOC_TEST_BROWSER=$$(install/browser.sh) .venv/bin/python -m tests.e2e.walk var/screens $(ARGS)

lock: ## write both lock files again, keeping versions that still fit (ARGS=--upgrade for the newest)
	@install/venv.sh dev
	$(COMPILE) --extra build $(ARGS) -o requirements.lock
	$(COMPILE) --extra build --extra dev --extra bench -c requirements.lock $(ARGS) -o requirements-dev.lock

clean: ## remove .venv and caches; var/ with its store stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system-test:
	@install/packages.sh test
