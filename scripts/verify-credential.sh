#!/usr/bin/env bash
# Verifies a credential, without any network, with the libraries of tools/credentials. Reads from standard input
# {"credential": …, "status_list": …, "did_document": …} and writes `verified`, or why it is not.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$scripts/../tools/credentials"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    "$scripts/debian-packages.sh" "verifying credentials" nodejs npm >&2
fi
# npm writes this file last, so an interrupted installation is repeated. Tests that run at once wait for each other.
(
    flock 9
    if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    fi
) 9<package.json

exec node verify.mjs
