#!/usr/bin/env bash
# Runs the tour of README.md as it is written there, against a server of its own on an empty SQLite file and, where
# with-services.sh has started one, on PostgreSQL. A request that is refused ends it.
# Usage: run-tour.sh [MADANG]      MADANG: the program (the debug build by default)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

madang=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/madang}")
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

# tour NAME DATABASE_URL
tour() {
    echo "The tour on $1"
    mkdir "$folder/$1"
    while port=$((20000 + RANDOM % 12000)) && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    (cd "$folder/$1" && exec env PORT="$port" LOG_FILTER=warn DATABASE_URL="$2" "$madang" serve) >"$folder/$1/said" 2>&1 &
    server=$!
    for _ in {1..300}; do
        if curl --silent --fail --output /dev/null "http://127.0.0.1:$port/health"; then break; fi
        kill -0 "$server" 2>/dev/null || { cat "$folder/$1/said" >&2; exit 1; }
        sleep 0.1
    done
    password=$(sed -nE 's|.*First admin +admin / ([^ ]+) .*|\1|p' "$folder/$1/said")

    # The block of shell commands under "A tour".
    awk '/^## /{ tour = $0 == "## A tour" } tour && /^```/{ inside = !inside; next } tour && inside' README.md |
        sed -e "s|127.0.0.1:8080|127.0.0.1:$port|" -e "s|…as printed…|$password|" >"$folder/$1/tour.sh"
    [[ -s $folder/$1/tour.sh ]] || { echo "error: README.md has no tour" >&2; exit 1; }
    bash -eo pipefail -c '. "$1"' tour "$folder/$1/tour.sh"
    kill "$server"
    wait "$server"
    server=
}

tour sqlite sqlite://data/madang.db
if [[ -n ${MADANG_TEST_POSTGRES_URL:-} ]]; then
    tour postgres "$MADANG_TEST_POSTGRES_URL"
fi
