# What a person types. `make run` to chat on this machine, `make test` to know that it works.

PORT ?= 9000
STAND_IN_PORT ?= 9001
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: run test check soak fuzz bench tools tools-json

# The functions over the local stand-in for Bedrock, until Ctrl-C.
run:
	cargo build --workspace --bins
	@$(TARGET)/debug/local run --port $(PORT) --stand-in-port $(STAND_IN_PORT)

# Every test. RECORDINGS=<folder> adds recorded traffic of the real service.
test: tools
	cargo build --workspace --bins
	cargo test --workspace

# Format, lints and documentation, warnings denied.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps

# Ten thousand requests with a random mix of faults, for minutes. SEED=<n> and REQUESTS=<n> change the run.
soak:
	cargo build --workspace --bins
	$(TARGET)/debug/soak

# Bytes that libFuzzer thinks of, FUZZ_SECONDS for each property. Needs cargo-fuzz and a nightly toolchain.
FUZZ_SECONDS ?= 60
fuzz:
	cargo run --quiet --package tests --example corpus -- fuzz/corpus
	for property in body frames events tool_input sse embed_answer; do \
		PROPERTY=$$property cargo +nightly fuzz run --sanitizer none properties fuzz/corpus/$$property -- -max_total_time=$(FUZZ_SECONDS) -max_len=20000 || exit 1; \
	done

# Speed and memory as ratios against a peer in the same run. Builds in release.
bench: tools
	cargo build --release --bin embed --bin local
	.venv/bin/python3 bench/embed.py $(TARGET)/release

# What chat offers to the model, written from the executor's own types.
tools-json:
	cargo run --quiet --package tool-executor --example specs > $(TARGET)/tools.json
	cp $(TARGET)/tools.json shared/tools.json

# What the tests run against, in this folder: emulators of Lambda and AWS, and AWS's SDKs as clients.
tools: .venv/ready .venv-ministack/ready tests/peers/node_modules/.package-lock.json

# AWS's emulator of the Lambda runtime (RIE) comes inside the SAM CLI's wheel; the CLI itself is not run, nor its dependencies needed.
.venv/ready: tests/peers/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --requirement tests/peers/requirements.txt
	.venv/bin/pip install --quiet --no-deps aws-sam-cli==1.170.0
	touch $@

# Apart, since MiniStack pins its own botocore.
.venv-ministack/ready: tests/peers/requirements-ministack.txt
	python3 -m venv .venv-ministack
	.venv-ministack/bin/pip install --quiet --requirement tests/peers/requirements-ministack.txt
	touch $@

tests/peers/node_modules/.package-lock.json: tests/peers/package-lock.json
	npm ci --prefix tests/peers --no-audit --no-fund --loglevel=error
	touch $@
