#!/usr/bin/env bash
# Runs the tests of the workspace with cargo-nextest, or with `cargo test` where that is not installed: building
# nextest takes longer than it saves on a fresh machine, and every test passes under both.
# Usage: run-tests.sh [NAME…]   (names: only tests whose name contains one of them)
set -euo pipefail

locked=()
profile=default
if [[ -n ${CI:-} ]]; then
    locked=(--locked)
    profile=ci
fi

if ! cargo nextest --version >/dev/null 2>&1; then
    exec cargo test --workspace --no-fail-fast "${locked[@]}" -- "$@"
fi

cargo nextest run --workspace --profile "$profile" "${locked[@]}" "$@"
if (($# == 0)); then
    # nextest leaves the examples in documentation comments to cargo.
    cargo test --workspace --doc --quiet "${locked[@]}"
fi
