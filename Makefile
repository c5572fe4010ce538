# Every chore is one command. The first one sets up what it needs; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help serve test check bench synth lock clean

PYTHON ?= python3
PORT ?= 8000
DATA ?=
BIN := .venv/bin
# Bytecode halves the start of every command; some machines switch it off.
export PYTHONDONTWRITEBYTECODE =

help: ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

# One stamp a requirement set: what is installed is exactly what the file says, checked by hash.
.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (set PYTHON=…)")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

.venv/%: requirements/%.txt pyproject.toml .venv/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/$*.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

serve: .venv/serve ## run the whole service on this machine: PORT=8000, DATA=folder with people.jsonl and school_records.jsonl
	@$(BIN)/constancia serve --port $(PORT) $(if $(DATA),--data "$(DATA)")

lock: .venv/uv ## write requirements/*.txt anew from pyproject.toml
	@mkdir -p requirements
	@for set in serve: test:test check:check,test cloud:cloud bench:bench; do \
	  groups=$$(echo $${set#*:} | tr ',' '\n' | sed 's/^/--group /;s/--group $$//' | tr '\n' ' '); \
	  echo "$${set%%:*}"; $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --custom-compile-command 'make lock' $$groups pyproject.toml requirements/build.in -o requirements/$${set%%:*}.txt || exit 1; done

clean: ## remove what the commands made
	rm -rf .venv build cdk.out node_modules .pytest_cache .mypy_cache .ruff_cache
