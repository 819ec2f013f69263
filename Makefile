# One verb each; CI (.ci/run) calls the same.

PYTHON ?= python3
ARGS ?=
# The whole suite runs on all cores, a part of it in one process.
WORKERS = $(if $(ARGS),0,auto)
# Where torch comes from, if not from the default index, which brings CUDA on Linux.
# Without a GPU this is the smaller download: TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install --constraint constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
# Stamps: made when an install has succeeded, and out of date when these two have changed since.
SERVABLE := $(VENV)/.servable
TESTABLE := $(VENV)/.testable
PINS := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install serve test check format lint-deploy lock soak fuzz fuzz-api clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'ARGS="..." is handed on to what takes it; PYTHON=... names the Python (3.11 or newer) of a new $(VENV).'
	@echo 'TORCH_INDEX=https://download.pytorch.org/whl/cpu spares a machine without a GPU the CUDA libraries.'

install: $(SERVABLE) ## Install into .venv all that serving needs

serve: $(SERVABLE) ## Serve nowcasts here: gateway, worker, scheduler and store (ARGS="--port 8080")
	@exec $(BIN)/nowcast serve $(ARGS)

test: $(TESTABLE) ## Run the tests (ARGS="tests/radar -k grid")
	@$(BIN)/pytest --numprocesses $(WORKERS) $(ARGS)

check: $(TESTABLE) ## Judge format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(TESTABLE) ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint-deploy: $(TESTABLE) ## Judge Dockerfile, docker-compose.yml and the Kubernetes manifests
	@$(BIN)/pytest tests/deploy -m 'not slow'

soak: $(TESTABLE) ## Half an hour of load and deaths (ARGS="--minutes 30")
	@$(BIN)/python -m tests.soak $(ARGS)

fuzz: $(TESTABLE) ## Half an hour of damaged files of every format (ARGS="--minutes 30 --seed 1")
	@$(BIN)/python -m tests.fuzz $(ARGS)

fuzz-api: $(TESTABLE) ## Thousands of made-up requests (NOWCAST_FUZZ=45 of each operation)
	@NOWCAST_FUZZ=$${NOWCAST_FUZZ:-45} $(BIN)/pytest tests/service/test_fuzz.py --timeout=900 $(ARGS)

lock: ## Renew the hash-locked requirements of the images (needs uv)
	deploy/lock

clean: ## Remove .venv and every cache
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(SERVABLE): $(PINS) | $(BIN)/python
	$(PIP_INSTALL) --editable '.[all]'
	@touch $@

$(TESTABLE): $(PINS) | $(BIN)/python
	$(PIP_INSTALL) --editable '.[test]'
	@touch $(SERVABLE) $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; old = sys.version_info < (3, 11); sys.exit("Nowcast needs Python 3.11 or newer, but $(PYTHON) is %d.%d; name another with PYTHON=." % sys.version_info[:2] if old else 0)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
