#!/usr/bin/env bash
# Reads a calendar (text/calendar) from standard input with the library of tools/calendars, and writes what that makes of it as JSON.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$scripts/../tools/calendars"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    "$scripts/debian-packages.sh" "reading calendars" nodejs npm >&2
fi
# npm writes this file last, so an interrupted installation is repeated. Tests that run at once wait for each other.
(
    flock 9
    if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    fi
) 9<package.json

exec node verify.mjs
