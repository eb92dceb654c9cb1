# The menu of the project; `make` shows it. Every target sets up what it needs: python3 >= 3.11, make and PyPI are enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV CONDA_PREFIX UV_PYTHON

# In a checkout that cannot be written to, the environment and all caches stand in the temp folder.
WRITABLE := $(shell test -w . && echo yes)
SCRATCH := $(or $(TMPDIR),/tmp)/microharvest-$(shell id -u)
VENV ?= $(if $(WRITABLE),.venv,$(SCRATCH)/venv)
BIN := $(VENV)/bin
READY := $(VENV)/.microharvest-ready
ifneq ($(WRITABLE),yes)
export RUFF_CACHE_DIR := $(SCRATCH)/ruff
export MYPY_CACHE_DIR := $(SCRATCH)/mypy
export HYPOTHESIS_STORAGE_DIRECTORY := $(SCRATCH)/hypothesis
export PYTHONDONTWRITEBYTECODE := 1
endif
# Likewise where $HOME cannot be written to.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo yes),yes)
export HOME := $(SCRATCH)/home
export XDG_CACHE_HOME := $(SCRATCH)/cache
endif
export UV_PROJECT_ENVIRONMENT := $(abspath $(VENV))
export UV_LINK_MODE ?= copy
# Where Python may not keep what it compiled, every start of the command would compile all libraries again: a second.
export UV_COMPILE_BYTECODE ?= 1
# Behind a proxy with a certificate of its own, uv's built-in list does not do and the system's does.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
endif
export UV_NO_PROGRESS ?= 1

.PHONY: help setup demo test check fix bench wheel

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## create .venv with the locked versions; the command is .venv/bin/microharvest

demo: $(READY) ## harvest, link and publish the sample feeds (or FEEDS=folder) into ./demo.db, write ./demo/report.html
	$(BIN)/microharvest demo $(if $(FEEDS),--feeds "$(FEEDS)")

test: check ## everything that must pass: lint, types and all tests, PostgreSQL included
	$(BIN)/python -m pytest -n 2

check: $(READY) ## lint, format and types alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY) ## repair lint and format, write generated documentation again
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/python -m tests.write_reference

bench: $(READY) ## measure speed and memory
	$(BIN)/python -m tests.bench

wheel: $(READY) ## build dist/*.whl
	$(BIN)/uv build --wheel --out-dir dist

# `python3` need not be the newest one, and may lack venv's pip (Debian splits it off): take the first that will do.
$(READY): pyproject.toml uv.lock
	@set -e; \
	mkdir -p "$$HOME"; \
	if ! "$(BIN)/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	    "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "No python3 >= 3.11 with venv found: install it (on Debian: apt-get install python3 python3-venv)." >&2; exit 1; \
	  fi; \
	  echo "Creating $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --clear "$(VENV)"; \
	fi; \
	if ! "$(BIN)/uv" --version >/dev/null 2>&1; then \
	  "$(BIN)/python" -m pip --version >/dev/null 2>&1 || "$(BIN)/python" -m ensurepip --default-pip >/dev/null; \
	  "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location 'uv>=0.9,<1'; \
	fi; \
	"$(BIN)/uv" sync --frozen --inexact --quiet; \
	if [ -w src ]; then "$(BIN)/python" -m compileall -q src connectors; fi; \
	touch "$@"
