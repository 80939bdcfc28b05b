# Everything that a fresh machine needs: python3 >= 3.11, make, and PyPI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := specs/studies/cart1922/sample/odm/cart1922.xml

.PHONY: demo test check lint install install-test lock golden clean

demo: $(VENV)/.installed  ## run cart1922 on its bundled export into out/demo
	@$(BIN)/cdiscflow run cart1922 --raw $(DEMO) --out out/demo

test: $(VENV)/.installed-test  ## run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: lint  ## format, lint, types, import layers, fast tests
	$(BIN)/python -m pytest -m "not slow" -q

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: $(VENV)/.installed

install-test: $(VENV)/.installed-test

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed; name one with PYTHON=python3.x")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV) (a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-test: requirements-test.lock $(VENV)/.installed
	@echo "Installing what tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

lock:  ## resolve the lock files anew (needs uv)
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra build --extra test --extra dask --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements.lock -o requirements-test.lock
	uv pip compile checks/core/requirements.in --universal --python-version 3.12 --generate-hashes --no-header --no-annotate -o checks/core/requirements.lock

clean:
	rm -rf $(VENV) out build *.egg-info
