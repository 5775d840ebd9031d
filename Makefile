# Each target sets up what it needs, on a machine that has Python 3.11 or later:
#   make demo    the whole way on an embedded cohort, into reports/
#   make test    the tests, the doctests and their coverage
#   make lint    style, types and the direction of imports
#   make bench   the benchmarks, one JSON line per figure
# PYTHON=… chooses the interpreter.

.PHONY: demo test lint bench
export PYTHON
SETUP_INPUTS = pyproject.toml constraints.txt scripts/setup.sh

demo: .venv/.base
	.venv/bin/cds demo

test: .venv/.dev
	.venv/bin/python -m pytest --numprocesses=auto --cov --cov-report=term

lint: .venv/.dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: .venv/.dev
	.venv/bin/python -m benchmarks

.venv/.base: $(SETUP_INPUTS)
	sh scripts/setup.sh base

.venv/.dev: $(SETUP_INPUTS)
	sh scripts/setup.sh dev
