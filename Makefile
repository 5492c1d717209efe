# The two commands are `make up` and `make test`. Everything that they need they set up themselves.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
CLOUD := .venv-cloud
EMULATOR := .venv-emulator
WRAPPER := runner-image/wrapper
NEXTEST := $(shell command -v cargo-nextest >/dev/null 2>&1 && echo yes)

.PHONY: help up build image bootstrap deploy destroy test lint test-rust test-simulation simulate test-python test-infra test-dashboard test-e2e test-image test-cloud faults bench contracts clean system browser

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: build ## Build what changed and run Errand on this machine
	@exec target/debug/errand up

build: system $(VENV)/.installed dashboard/dist/index.html ## Build everything that `make up` runs
	@tools/step "building Errand (the first time takes some minutes)"
	@cargo build --workspace --bin errand --bin errand-local --bin supervisor

test: system ## Prove everything
	@$(MAKE) --no-print-directory lint test-rust test-simulation test-python test-dashboard test-e2e test-infra test-cloud
	@tools/step "all proven"

lint: system $(VENV)/.tested ## Formats, lints, types
	@tools/step "formats and lints"
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets --features simulation/simulate -- -D warnings
	$(VENV)/bin/ruff check --line-length 120 infra && $(VENV)/bin/ruff format --check --line-length 120 infra
	cd $(WRAPPER) && ../../$(VENV)/bin/ruff check . && ../../$(VENV)/bin/ruff format --check . && ../../$(VENV)/bin/mypy

test-rust: system $(VENV)/.installed $(EMULATOR)/.installed ## Unit, property, contract and scenario tests
	@tools/step "building the tests"
	cargo build --workspace --bins
	@tools/step "unit, property, contract and scenario tests"
ifeq ($(NEXTEST),yes)
	ERRAND_MINISTACK=$(CURDIR)/$(EMULATOR)/bin/ministack cargo nextest run --workspace --no-fail-fast
else
	ERRAND_MINISTACK=$(CURDIR)/$(EMULATOR)/bin/ministack cargo test --workspace --no-fail-fast
endif

CYCLES ?= 200

faults: system $(VENV)/.installed ## Each fault of docs/faults.toml, seen and survived; writes docs/FAULTS.md (CYCLES=200 kills)
	@tools/step "building the tests"
	cargo build --workspace --bins
	ERRAND_TEST_CYCLES=$(CYCLES) $(VENV)/bin/python tools/faults

test-simulation: system ## The whole system in virtual time: some stories, and a death at every call that they make
	@tools/step "building the simulation"
	cargo build --workspace --features simulation/simulate --bin simulation --test story --test fairness
	@tools/step "the whole system in virtual time, with faults"
	cargo test --quiet --workspace --features simulation/simulate --test story --test fairness
	target/debug/simulation --seeds 8

SEEDS ?= 10000
simulate: system ## Many stories of the simulation (SEEDS=10000), or one of them, line by line (SEED=17)
	@tools/step "building the simulation, as fast as it can be"
	cargo build --profile simulation --package simulation --features simulate --bins
	target/simulation/simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(ARGS)

test-python: system $(VENV)/.tested ## The wrapper with the real Claude Code
	@tools/step "the wrapper with the real Claude Code"
	cargo build --quiet --workspace --bin demo-model
	cd $(WRAPPER) && ERRAND_DEMO_MODEL=$(CURDIR)/target/debug/demo-model ../../$(VENV)/bin/pytest -n 2 -q

test-infra: infra/node_modules/.installed $(CLOUD)/.installed $(EMULATOR)/.installed ## Types, lints and tests of what deploys the cloud
	@tools/step "infrastructure: types, lints, tests, a deployment in an emulator"
	cd infra && npm run --silent check && npm run --silent test:emulator

test-dashboard: dashboard/node_modules/.installed dashboard/dist/index.html ## Types, lints and tests of the dashboard
	@tools/step "dashboard: types, lints, tests"
	cd dashboard && npm run --silent check

test-e2e: build browser ## What people do with the dashboard, in a real browser against the stack of `make up`
	@tools/step "journeys in a browser"
	cd dashboard && npm run --silent e2e

test-cloud: system $(VENV)/.installed infra/node_modules/.installed $(EMULATOR)/.installed ## The scenarios against the real stack in an emulator of AWS
	@tools/step "the scenarios against the real stack in an emulator of AWS"
	tools/test-cloud

test-image: build ## A task in the runner's image (needs `make image`, and podman or docker)
	runner-image/image/test

image: ## Build the runner's image (OFFLINE=1: from Debian packages and a supervisor of this machine)
	tools/image $(if $(OFFLINE),--offline)

STAGE ?= dev
ARCH ?= arm64
CDK_CONTEXT := -c stage=$(STAGE) -c arch=$(ARCH) $(CDK_ARGS)

bootstrap: infra/node_modules/.installed ## Prepare an AWS account, once
	cd infra && npm run --silent bootstrap -- $(CDK_CONTEXT)

deploy: infra/node_modules/.installed dashboard/dist/index.html ## Deploy to AWS (STAGE=dev, ARCH=arm64)
	cargo lambda build --profile function --$(subst _,-,$(ARCH)) --package api --package dispatcher --package progress --package ws-connect
	cd infra && npm run --silent deploy -- $(CDK_CONTEXT)

destroy: infra/node_modules/.installed ## Take a deployment away again (STAGE=dev)
	cd infra && npm run --silent destroy -- $(CDK_CONTEXT)

bench: system browser $(VENV)/.installed dashboard/dist/index.html ## Measure what README claims; writes bench/*.json
	@tools/step "building for measurement"
	cargo build --release --workspace --bins
	cargo build --profile function --package api --package dispatcher --package progress --package ws-connect --bins
	target/release/bench
	cd dashboard && ERRAND_LOCAL=$(CURDIR)/target/release/errand-local BENCH_OUT=$(CURDIR)/bench/dashboard.json npm run --silent bench

contracts: ## Print what crosses a language border anew
	UPDATE_CONTRACTS=1 cargo test --quiet --package api --package domain

clean: ## Remove everything that was built, but no data
	rm -rf target $(VENV) $(CLOUD) $(EMULATOR) infra/node_modules infra/cdk.out dashboard/node_modules dashboard/dist

system:
	@tools/system

browser:
	@tools/system browser

$(VENV)/.installed: $(WRAPPER)/requirements.lock $(WRAPPER)/pyproject.toml
	@tools/step "Python environment (claude-agent-sdk brings Claude Code along, 170 MB)"
	@tools/venv $(VENV)
	@$(VENV)/bin/pip install --disable-pip-version-check --no-color -r $(WRAPPER)/requirements.lock | grep --line-buffered -v 'already satisfied'
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -e $(WRAPPER)
	@touch $@

$(VENV)/.tested: $(VENV)/.installed $(WRAPPER)/requirements-dev.lock
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $(WRAPPER)/requirements-dev.lock
	@touch $@

$(EMULATOR)/.installed: tests/requirements-ministack.lock infra/emulator/requirements.lock
	@tools/step "MiniStack, an emulator of AWS that we did not write"
	@tools/venv $(EMULATOR)
	@$(EMULATOR)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements-ministack.lock -r infra/emulator/requirements.lock
	@touch $@

$(CLOUD)/.installed: infra/requirements.lock
	@tools/step "linters of what SAM and CloudFormation are told"
	@tools/venv $(CLOUD)
	@$(CLOUD)/bin/pip install --quiet --disable-pip-version-check -r infra/requirements.lock
	@touch $@

infra/node_modules/.installed: infra/package-lock.json | system
	@tools/step "npm packages of infra (CDK, 360 MB)"
	@cd infra && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dashboard/node_modules/.installed: dashboard/package-lock.json | system
	@tools/step "npm packages of the dashboard"
	@cd dashboard && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

DASHBOARD_SOURCES := $(shell find dashboard/src dashboard/public dashboard/tools -type f ! -name '*.test.*' ! -name routeTree.gen.ts)

dashboard/dist/index.html: dashboard/node_modules/.installed dashboard/index.html dashboard/vite.config.ts $(DASHBOARD_SOURCES)
	@tools/step "building the dashboard"
	@cd dashboard && npm run --silent build -- --logLevel warn
