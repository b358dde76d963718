#!/usr/bin/env bash
# Gives standard input to a verifier of tools/ that is not ours, without any network, and writes what it says.
#   verify.sh credentials   reads {"credential": …, "status_list": …, "did_document": …, "now": "…"} (now may be left out), writes `verified`, or why it is not
#   verify.sh calendars     reads text/calendar, writes what that means as JSON
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$scripts/../tools/${1:?of what: credentials or calendars}"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    "$scripts/debian-packages.sh" "verifying $1" nodejs npm >&2
fi
# npm writes this file last, so an interrupted installation is repeated. Tests that run at once wait for each other.
(
    flock 9
    if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    fi
) 9<package.json

exec node verify.mjs
