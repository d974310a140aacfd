# The verbs of this repository. `make help` lists them; chores with logic are in `cargo xtask`.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
# Everything below builds into one folder, so nothing is compiled twice.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
# The binary that the black-box tests drive.
export NAVAID_BIN ?= $(CARGO_TARGET_DIR)/debug/navaid

.PHONY: help run test test-istiod lint bench fuzz fmt

help: ## List the verbs
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build for release and start a standalone server in this folder (data in ./data)
	$(CARGO) run --release --package navaid -- server

test: ## Run every test that this machine can run, and name those it cannot
	$(CARGO) build --workspace --bins --tests
	$(CARGO) test --workspace

test-istiod: ## Let a real istiod take its services from a server; the first time builds istiod, which takes minutes
	$(CARGO) build --package navaid
	$(CARGO) test --package mesh-check --test istiod

lint: ## Check format, clippy, tidy and dependencies; change nothing
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) xtask tidy
	$(CARGO) xtask deny

bench: ## Measure what operations cost, against a release build (BENCH="--quick" and more: docs/performance.md)
	$(CARGO) build --release --package navaid --package navaid-bench
	NAVAID_BIN=$(CARGO_TARGET_DIR)/release/navaid $(CARGO_TARGET_DIR)/release/navaid-bench $(BENCH)

fuzz: ## Feed the parsers with what nobody would think of, FUZZ_MINUTES (1) each (FUZZ="listening" chooses targets)
	fuzz/run $(or $(FUZZ_MINUTES),1) $(FUZZ)

fmt: ## Format the Rust code
	$(CARGO) fmt --all
