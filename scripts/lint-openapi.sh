#!/usr/bin/env bash
# Lints an OpenAPI document with redocly and spectral; a warning is an error. The rules are in tools/openapi.
# Usage: lint-openapi.sh DOCUMENT
set -euo pipefail

document=$(realpath "$1")
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$scripts/../tools/openapi"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    "$scripts/debian-packages.sh" "the OpenAPI lint" nodejs npm
fi
# npm writes this file last, so an interrupted installation is repeated.
if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
fi

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
node_modules/.bin/redocly lint --config redocly.yaml "$document"
node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity=hint "$document"
