# `make demo` and `make test` need Python 3.11 or newer and nothing else: each sets up what it uses in .venv.

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt

.PHONY: demo test lint docs bench clean

demo: .venv/installed  ## extract from the bundled articles with the default backend, and score the result
	@$(BIN)/evals demo

test: .venv/installed-dev lint docs  ## linters, types, import contracts, generated docs, tests
	$(BIN)/pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: .venv/installed-dev  ## fail if a generated part of the README is not current; `make docs FIX=1` renews them
	$(BIN)/python docs/generate.py $(if $(FIX),--write,--check)

bench: .venv/installed-dev  ## speed and accuracy beside other tools; peers: pip install -e '.[peers]'
	$(BIN)/pytest benchmarks --benchmark-only -s

clean:
	rm -rf .venv build dist runs/demo

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "Setting up .venv (once) ..."
	@$(INSTALL) -e .
	@touch $@

# The local engine has no wheel for musl (Alpine), which no marker in pyproject.toml can tell.
.venv/installed-dev: .venv/installed
	@$(INSTALL) --only-binary xllamacpp -e '.[dev]' || { \
		echo "Going on without the local engine; on a platform that it has a wheel for, the tests will say so" >&2; \
		$(INSTALL) -e '.[tests]'; }
	@touch $@
