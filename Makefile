# Each word makes what it needs: an environment in .venv first, then its own work.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test lint docs bench clean

demo: $(VENV)/.demo ## simulate a cell, train, explain, and leave demo/report.html
	$(BIN)/cisgram demo

test: $(VENV)/.dev ## every test that takes seconds
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev ## style and types
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/pyright

docs: $(VENV)/.dev ## settings from their classes, and the API as HTML in docs/api
	$(BIN)/python docs/make_reference.py
	$(BIN)/python -m pdoc --docformat numpy --output-directory docs/api cisgram

bench: $(VENV)/.dev ## side by side with public peers; see benchmarks/README.md
	$(BIN)/python -m benchmarks

clean: ## remove the environment and what the demo left
	rm -rf $(VENV) demo docs/api

# Torch first: another package that asks for it would bring several gigabytes of CUDA on a machine without a GPU.
$(VENV)/.torch: constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt torch
	touch $@

$(VENV)/.demo: $(VENV)/.torch pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[patterns]'
	touch $@

$(VENV)/.dev: $(VENV)/.torch pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[patterns,databases,hic,tensorboard,dev]'
	$(PIP) install -c constraints.txt -e '.[peaks]' || echo "MACS3 could not be built here: its tests are skipped"
	touch $@ $(VENV)/.demo
