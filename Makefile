# Everything one does with a checkout. `make` prints this list.
# INDEX=URL names another package index, such as one with CPU builds of torch.
# PYTHON=python3.13 chooses the interpreter of .venv: the oldest that is there unless said.
# TORCH=torch takes the newest torch instead of the one that the result pages were measured with.
PYTHON ?= $(firstword $(foreach minor,11 12 13,$(shell command -v python3.$(minor))) python3)
INDEX ?=
TORCH ?= torch==2.13.0
# GATE=KEY=VALUE is said to `make gate`, such as inconclusive=fail; REASON says why a baseline changes.
GATE ?=
REASON ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(INDEX),--extra-index-url $(INDEX))

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all test-matrix lint types gate gate-planted gate-baseline format docs bench wheel clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/.ready ## create .venv and install everything for development

.venv/.ready: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv (torch is the largest part)"
	@$(PIP) --editable '.[dev]' '$(TORCH)'
	@touch $@

demo: setup ## generate, train, evaluate and export a small Darcy problem on two cores
	$(BIN)/surrogate run demo data=data/demo out=runs/demo
	@echo
	@echo "the report: $(CURDIR)/runs/demo/eval/test/report.html"

test: setup ## run the tests that take seconds (under 12 minutes in all)
	$(BIN)/python -m pytest -q -m "not slow and not gpu" -n 2 --dist loadfile --no-loadscope-reorder

test-all: setup ## run all tests, also the slow ones
	$(BIN)/python -m pytest -q -m "not gpu"

test-matrix: setup ## the short tests with each Python and torch of the declared range, in environments of their own (hours)
	@$(PIP) uv
	$(BIN)/python benchmarks/test_matrix.py

lint: setup ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict
	$(BIN)/mypy

gate: setup ## learn a small problem from ten seeds, and fail if that went worse than .ci/gate.json
	.ci/gate check $(GATE)

gate-planted: setup ## after `make gate`: plant three regressions, and fail unless the gate fails on each
	.ci/gate planted

gate-baseline: setup ## make what is learned now the baseline of the gate: REASON="why"
	.ci/gate baseline "$(REASON)"

format: setup ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## the pages of docs/ as a site in build/docs; a link that leads nowhere fails
	@$(PIP) --editable '.[docs]' '$(TORCH)'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file .ci/mkdocs.yml
	@echo "the site: $(CURDIR)/build/docs/index.html"

bench: setup ## measure what docs/results/benchmarks.md has no figures of (hours), and write that page
	$(BIN)/python benchmarks/benchmarks_page.py --measure

wheel: setup ## build the wheel into dist/
	$(BIN)/python -m build --wheel --outdir dist

clean: ## remove what tools leave behind; data/ and runs/ stay
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
