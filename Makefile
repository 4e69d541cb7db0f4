# What a person types. `make run` to chat on this machine, `make test` to know that it works.

PORT ?= 9000
STAND_IN_PORT ?= 9001
TARGET := $(or $(CARGO_TARGET_DIR),target)

# A deployment: see docs/deployment.md. A model that is not named is the template's default.
STACK ?= bedrock-lambda
REGION ?= $(or $(AWS_REGION),$(AWS_DEFAULT_REGION),us-east-1)
ARCH ?= arm64
ACCOUNT ?= $$(aws sts get-caller-identity --query Account --output text)
MODELS = $(if $(CHAT_MODEL_ID),--chat $(CHAT_MODEL_ID)) $(if $(CHAT_FALLBACK_MODEL_IDS),--fallback $(CHAT_FALLBACK_MODEL_IDS)) \
	$(if $(CHAT_FAST_MODEL_ID),--fast $(CHAT_FAST_MODEL_ID)) $(if $(EMBED_MODEL_ID),--embed $(EMBED_MODEL_ID))
# What this machine runs itself.
HOST_ARCH := $(if $(filter x86_64,$(shell uname -m)),x86_64,arm64)

# The machine's SAM CLI, else one in this folder. cargo-lambda and zig, which it builds with, are in this folder in any
# case, and so is what they keep.
SAM = $(or $(shell command -v sam),$(CURDIR)/.venv-sam/bin/sam)
export SAM_CLI_TELEMETRY ?= 0
BUILD = PATH="$(CURDIR)/.venv-sam/bin:$$PATH" ZIG_GLOBAL_CACHE_DIR=$(abspath $(TARGET))/zig CARGO_ZIGBUILD_CACHE_DIR=$(abspath $(TARGET))/zigbuild

.PHONY: run test test-unit check build deploy delete iam rehearse invoke sam-local soak fuzz bench tools tools-json catalogue

# The functions over the local stand-in for Bedrock, until Ctrl-C.
run:
	cargo build --workspace --bins
	@$(TARGET)/debug/local run --port $(PORT) --stand-in-port $(STAND_IN_PORT)

# Every test. RECORDINGS=<folder> adds recorded traffic of the real service.
test: tools
	cargo build --workspace --bins
	cargo test --workspace

# The tests that need no Python and no Node, and not the longest of them: under a minute once they are built.
NEEDS_TOOLS := ministack peers processes template
LONGEST := matrix::a_stream_cut_at_every_byte
test-unit:
	cargo build --workspace --bins
	cargo test --workspace -- $(NEEDS_TOOLS:%=--skip %::) $(LONGEST:%=--skip %)

# Format, lints and documentation, warnings denied.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps

# The functions as they are deployed, into .aws-sam/build.
build: .venv-sam/ready
	$(BUILD) $(SAM) build --parameter-overrides Architecture=$(ARCH)

# Into the account of the AWS credentials at hand. PARAMETERS="Key=Value …" sets any other of the template's.
# A wrong model is reported before anything is built.
deploy:
	cargo build --quiet --package local
	@if [ -n "$(strip $(MODELS))" ]; then \
		models=$$($(TARGET)/debug/local parameters --region $(REGION) --account $(ACCOUNT) $(MODELS)) || exit 1; fi; \
	$(MAKE) build && \
	$(SAM) deploy --stack-name $(STACK) --region $(REGION) --resolve-s3 --capabilities CAPABILITY_IAM \
		--no-confirm-changeset --no-fail-on-empty-changeset \
		--parameter-overrides Architecture=$(ARCH) $$models $(PARAMETERS)

# Takes the stack away; the orders table stays.
delete:
	$(SAM) delete --stack-name $(STACK) --region $(REGION)

# The statements that a role needs for MODEL="<id> …", and the source of each region.
iam:
	cargo build --quiet --package local
	@$(TARGET)/debug/local iam --region $(REGION) --account $(ACCOUNT) $(MODEL)

# The deployment on this machine: built, deployed to an emulator of AWS, called, deleted.
rehearse: tools
	$(MAKE) build ARCH=$(HOST_ARCH)
	cargo build --quiet --package local
	.venv/bin/python3 tests/rehearse.py $(SAM) $(TARGET)/debug/local

# One event (EVENT=events/chat.rest-sse.json) through its function under AWS's emulator of the runtime.
invoke: tools
	cargo build --quiet --workspace --bins
	@$(TARGET)/debug/local invoke $(EVENT)

# Each sample event through `sam local invoke`. Needs a Docker engine.
sam-local: tools
	$(MAKE) build ARCH=$(HOST_ARCH)
	cargo build --quiet --package local
	.venv/bin/python3 tests/sam_local.py $(SAM) $(TARGET)/debug/local

# Ten thousand requests with a random mix of faults, for minutes. SEED=<n> and REQUESTS=<n> change the run.
soak:
	cargo build --workspace --bins
	$(TARGET)/debug/soak

# Bytes that libFuzzer finds, FUZZ_SECONDS for each property. Needs cargo-fuzz and a nightly toolchain.
FUZZ_SECONDS ?= 60
fuzz:
	cargo run --quiet --package tests --example corpus -- fuzz/corpus
	for property in body frames events tool_input sse embed_answer; do \
		PROPERTY=$$property cargo +nightly fuzz run --sanitizer none properties fuzz/corpus/$$property -- -max_total_time=$(FUZZ_SECONDS) -max_len=20000 || exit 1; \
	done

# Speed and memory as ratios against peers in the same run (PERFORMANCE.md). A quarter of an hour to build the first
# time, then three minutes; QUICK=1 takes fewer samples. AWS's runtime client for Node is compiled: cmake, autoconf,
# libtool. Instructions are counted if there is valgrind. BEFORE=<path> measures an older build of chat as well. Once
# all is built, `ONLY=<part of a section's name> $(TARGET)/release/bench` measures a section in seconds: the sections are
# in tests/src/bin/bench.rs.
bench: tools bench/peers/python/.venv/ready bench/peers/node/node_modules/.package-lock.json
	AWS_LC_SYS_NO_JITTER_ENTROPY=0 cargo build --release --manifest-path bench/Cargo.toml --target-dir bench/target
	cargo build --profile bench --package local --package tests --bin local --bin bench
	cargo build --release --bin chat --bin embed
	$(TARGET)/release/bench
	.venv/bin/python3 bench/embed.py $(TARGET)/release

bench/peers/python/.venv/ready: bench/peers/python/requirements.txt
	python3 -m venv bench/peers/python/.venv
	bench/peers/python/.venv/bin/pip install --quiet --requirement bench/peers/python/requirements.txt
	touch $@

bench/peers/node/node_modules/.package-lock.json: bench/peers/node/package-lock.json
	npm ci --prefix bench/peers/node --no-audit --no-fund --loglevel=error

# What chat offers to the model, written from the executor's own types.
tools-json:
	cargo run --quiet --package tool-executor --example specs > $(TARGET)/tools.json
	cp $(TARGET)/tools.json shared/tools.json

# Where LiteLLM's newest table differs from the catalogue of models. Only the file in its wheel is read; nothing of it
# runs.
catalogue:
	test -d .venv-litellm || python3 -m venv .venv-litellm
	.venv-litellm/bin/pip install --quiet --upgrade --no-deps --only-binary :all: --target .venv-litellm/wheel litellm
	cargo build --quiet --package local
	@$(TARGET)/debug/local catalogue --litellm .venv-litellm/wheel/litellm/model_prices_and_context_window_backup.json

# What the tests run against, in this folder: emulators of Lambda and AWS, and AWS's SDKs as clients.
tools: .venv/ready .venv-ministack/ready tests/peers/node_modules/.package-lock.json

# AWS's emulator of the Lambda runtime (RIE) comes inside the SAM CLI's wheel; the CLI itself is not run, nor its dependencies needed.
.venv/ready: tests/peers/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement tests/peers/requirements.txt
	.venv/bin/pip install --quiet --no-deps aws-sam-cli==1.170.0
	touch $@

# Apart, since MiniStack pins its own botocore.
.venv-sam/ready: tests/peers/requirements-sam.txt
	python3 -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --requirement tests/peers/requirements-sam.txt
	touch $@

.venv-ministack/ready: tests/peers/requirements-ministack.txt
	python3 -m venv .venv-ministack
	.venv-ministack/bin/pip install --quiet --requirement tests/peers/requirements-ministack.txt
	touch $@

tests/peers/node_modules/.package-lock.json: tests/peers/package-lock.json
	npm ci --prefix tests/peers --no-audit --no-fund --loglevel=error
	touch $@
