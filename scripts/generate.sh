#!/usr/bin/env bash
# Writes every generated file into a folder: docs, or a temporary one to compare with. A new one is one more line here.
# Usage: generate.sh FOLDER
set -euo pipefail

folder=$1
locked=()
if [[ -n ${CI:-} ]]; then
    locked=(--locked)
fi

cargo build --workspace --bin madang "${locked[@]}"
madang=${CARGO_TARGET_DIR:-target}/debug/madang

# A command that fails must not leave half a file.
write() {
    local file=$folder/$1
    shift
    "$@" >"$file.new" || { rm -f "$file.new"; return 1; }
    mv "$file.new" "$file"
}

mkdir -p "$folder"
write openapi.json "$madang" openapi
write ERRORS.md "$madang" openapi --errors
write PERMISSIONS.md "$madang" openapi --permissions
