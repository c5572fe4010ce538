# Every chore is one command, and each sets up what it needs. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help serve test prove check bench synth deploy drill cost load validate sbom advisories lock clean

PYTHON ?= python3
PORT ?= 8000
DATA ?=
STAGE ?= dev
WITH ?=
DATABASE ?=
BIN := .venv/bin
# Bytecode halves the start of every command; some machines switch it off.
export PYTHONDONTWRITEBYTECODE =
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = 20

help: ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

serve: .venv/serve build/libraries ## run the whole service on this machine; PORT=8000, DATA=folder with people.jsonl and school_records.jsonl
	@exec $(BIN)/constancia serve --port $(PORT) $(if $(DATA),--data "$(DATA)")

test: .venv/dev build/browser ## run the tests, the browser ones included
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not alone"

prove: .venv/dev build/browser ## run the slow tests too: every fault at every call, Lighthouse, large loads
	$(BIN)/pytest -n 2 --dist loadfile -m "slow and not alone"
	$(BIN)/pytest -m alone

check: .venv/dev ## lint, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev ## speed, side by side with peers; results in build/bench.json
	$(BIN)/python -m tests.bench.render
	$(BIN)/python -m tests.bench.cold_start
	$(BIN)/python -m tests.bench.loading
	$(BIN)/python -m tests.bench.reporting

synth: .venv/dev ## the CloudFormation templates, in cdk.out
	$(BIN)/python -m infra.cloud

deploy: .venv/dev build/libraries ## show what changes in a stage, deploy it, upload the portal, try it; STAGE=prod, WITH="domain=… operators=…"
	$(BIN)/python -m infra.delivery $(STAGE) $(WITH)

drill: .venv/dev ## rehearse the restoration of a lost table on Amazon's DynamoDB Local
	$(BIN)/pytest -q tests/trust/test_restoration.py

cost: .venv/dev ## what a million certificates and verifications cost
	$(BIN)/python -m infra.costs

load: .venv/dev ## load the service on this machine over DynamoDB Local, and audit every certificate
	$(BIN)/python -m tests.trust.load

validate: .venv/dev ## 2,000 sealed certificates of every shape through veraPDF, a second validator, pyHanko, qpdf and a QR reader
	$(BIN)/python -m tests.rendering.validate 2000

# --- what the commands stand on -------------------------------------------------------------------------------------

.venv/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# What is installed is exactly what the file says, checked by hash; hatchling is in it, so the build fetches nothing.
.venv/serve .venv/dev: .venv/%: requirements/%.txt pyproject.toml .venv/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $<
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# What pages load from npm when they need it (infra/portal_libraries.py); without it they say what they cannot do.
build/libraries: package.json
	@mkdir -p build
	@command -v npm >/dev/null && npm install --silent --omit=dev --omit=optional --no-package-lock --no-audit --no-fund \
	  || echo "npm is missing: the portal will not compare altered files, and reads QRs only where the browser does"
	@touch $@

# A browser and its checkers, where they can be had; the tests that need them say so where they cannot.
build/browser: package.json build/libraries
	@mkdir -p build
	@for need in chromium:chromium firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb; do \
	  command -v $${need%:*} >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update --quiet=2 && apt-get install --quiet=2 --yes $${need#*:} >build/apt.log 2>&1; } \
	  || echo "$${need%:*} is missing: the tests that need it will be skipped"; done
	@command -v npm >/dev/null && npm install --silent --legacy-peer-deps --no-package-lock --no-audit --no-fund \
	  || echo "npm is missing: the tests with axe and Lighthouse will be skipped"
	@touch $@

sbom: .venv/dev ## the software bill of materials (CycloneDX), in build/sbom.json
	@mkdir -p build
	$(BIN)/python -m infra.supply.sbom serve.txt >build/sbom.json

advisories: .venv/dev ## what is known against the locked packages; DATABASE=OSV's PyPI export, a folder or all.zip
	$(BIN)/python -m infra.supply.advisories "$(DATABASE)" serve.txt dev.txt uv.txt

lock: .venv/uv ## write requirements/*.txt anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' --extra console --group test --group check --group cloud --group bench \
	  pyproject.toml requirements/build.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' --constraints requirements/dev.txt --extra console \
	  pyproject.toml requirements/build.in -o requirements/serve.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command 'make lock' requirements/uv.in -o requirements/uv.txt

clean: ## remove what the commands made
	rm -rf .venv build cdk.out node_modules .pytest_cache .mypy_cache .ruff_cache
