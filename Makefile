# Every task of this repository. `make` lists them; CI runs `make check` and nothing else.
# What a task needs from Debian (PostgreSQL for the tests, Node for the OpenAPI lint) is installed when it is missing.

SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# rustup's own folder, for shells that have not read the profile.
export PATH := $(PATH):$(HOME)/.cargo/bin

# A cold, unattended build gains nothing from incremental files, and must not change the lock file.
ifdef CI
export CARGO_INCREMENTAL := 0
LOCKED := --locked
endif

STEP := scripts/step.sh
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
# The whole workspace is selected so that dependencies get the features that tests and clippy build them with.
BUILD := cargo build --workspace --bin madang $(LOCKED)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build and serve with the embedded SQLite default and a small sample
	@$(BUILD)
	@exec $(TARGET_DIR)/debug/madang serve --sample

.PHONY: test
test: ## Run every test, on SQLite and on a private PostgreSQL (T=name: only matching ones)
	@scripts/with-services.sh scripts/run-tests.sh $(T)

.PHONY: test-killed
test-killed: ## Kill processes while 10,000 messages go out, on both databases (N=number), some minutes
	@MADANG_TEST_KILLED_JOBS=$(or $(N),10000) scripts/with-services.sh \
		cargo test --workspace --test killed $(LOCKED) -- --nocapture --test-threads 1

.PHONY: check
check: ## Everything that a change must pass
	@start=$$SECONDS; \
	$(STEP) "Formatting" cargo fmt --all --check && \
	$(STEP) "Clippy, no warning allowed" cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings && \
	RUSTDOCFLAGS="-D warnings" $(STEP) "Documentation, no warning allowed" cargo doc --workspace --no-deps $(LOCKED) && \
	$(STEP) "Layers: who may use whom" scripts/check-layers.sh && \
	$(STEP) "Licences and banned dependencies" scripts/check-dependencies.sh && \
	$(STEP) "Generated files are current" scripts/check-generated.sh && \
	$(STEP) "The tour of the README" scripts/with-services.sh scripts/run-tour.sh && \
	$(STEP) "OpenAPI document, no warning allowed" scripts/lint-openapi.sh docs/openapi.json && \
	$(STEP) "Tests on both databases" scripts/with-services.sh scripts/run-tests.sh && \
	printf '\n==> Everything passed (%d s)\n' $$((SECONDS - start))

.PHONY: generate
generate: ## Rewrite every generated file
	@scripts/generate.sh docs

.PHONY: fmt
fmt: ## Format the code
	@cargo fmt --all

.PHONY: lint
lint: ## Formatting, clippy, layers and dependencies: the quick part of check
	@$(STEP) "Formatting" cargo fmt --all --check
	@$(STEP) "Clippy, no warning allowed" cargo clippy --workspace --all-targets -- -D warnings
	@$(STEP) "Layers: who may use whom" scripts/check-layers.sh
	@$(STEP) "Licences and banned dependencies" scripts/check-dependencies.sh

.PHONY: lint-openapi
lint-openapi: ## Lint docs/openapi.json with redocly and spectral
	@scripts/lint-openapi.sh docs/openapi.json

.PHONY: bench
bench: ## Measure against the bare server (release build, some minutes)
	@bench/run.sh

.PHONY: clean-dev
clean-dev: ## Remove the development database, its files and the logs
	@rm -rf data logs
