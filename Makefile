SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
SIZE ?= 60
SEED ?= 7
# Many tests wait for servers and browsers: one worker more than there are processors keeps those busy.
WORKERS ?= $(shell echo $$(( $$(nproc) < 4 ? $$(nproc) + 1 : 4 )))

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## Install everything into .venv (system packages, libraries, browser)

.venv/.ready: requirements/dev.lock pyproject.toml scripts/setup.sh
	bash scripts/setup.sh
	touch $@

audit: setup ## Audit a synthetic country of 60 authorities and write out/
	@echo "Auditing $(SIZE) synthetic authorities (fake sites served on this machine, no network)."
	.venv/bin/commune-audit run --synthetic $(SIZE) --seed $(SEED) --pdf --out out

check: setup ## Lint, types and the dependency rule
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

.venv/.servers: scripts/setup_test_servers.sh | .venv/.ready
	bash scripts/setup_test_servers.sh
	touch $@

test: check .venv/.servers ## Check, then run the whole test suite
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lock: setup ## Resolve requirements/dev.lock again from pyproject.toml
	$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --extra dev --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 -o requirements/dev.lock pyproject.toml

clean: ## Remove what the other targets made
	rm -rf .venv out out-real .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help setup audit check test lock clean
