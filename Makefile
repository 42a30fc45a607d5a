# make demo   install into .venv and run the demonstration into demo-out/
# make test   install the development tools too, then lint, type-check and test
# make docs   build the site of the documentation into site/
# Needs Python 3.11 or later with venv; everything else comes through pip.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PINS := pyproject.toml constraints.txt hatch_build.py $(wildcard web/*.*) $(wildcard web/src/*)

# The test processes share the cores; one thread each is fastest and keeps sums in one order.
export OPENBLAS_NUM_THREADS := 1

.PHONY: demo test lint docs clean

demo: .venv/.installed
	$(BIN)/borelli demo --out demo-out

test: lint .venv/.chromium
	$(BIN)/python -m pytest -n 2 -p no:cacheprovider

lint: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

# Without the network; a dead link ends it, which --quiet would not notice.
docs: .venv/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.venv/.installed: $(PINS)
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade pip
	$(INSTALL) --editable .
	touch $@

.venv/.installed-dev: .venv/.installed
	$(INSTALL) --editable . --group dev
	touch $@

.venv/.installed-docs: .venv/.installed
	$(INSTALL) --editable . --group docs
	touch $@

# The report page is tested in a real browser where one can be had.
.venv/.chromium: .venv/.installed-dev tools/get_chromium.py
	-$(BIN)/python tools/get_chromium.py .venv/chromium && touch $@

clean:
	rm -rf .venv demo-out site .ruff_cache test-output web/node_modules src/borelli/report/page*.html
