#!/usr/bin/env bash
# Fails when a generated file differs from what `make generate` would write. It generates into a temporary folder, so
# neither the tree nor other uncommitted edits matter.
set -euo pipefail

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

"$(dirname "${BASH_SOURCE[0]}")/generate.sh" "$fresh"

stale=0
for file in "$fresh"/*; do
    name=docs/${file##*/}
    if [[ ! -f $name ]]; then
        echo "$name is missing" >&2
        stale=1
    elif ! git --no-pager diff --no-index --exit-code --stat -- "$name" "$file"; then
        git --no-pager diff --no-index -- "$name" "$file" | head -n 60 || true
        stale=1
    elif [[ -n $(git ls-files --others -- "$name") ]]; then
        echo "note: $name is not committed yet" >&2
    fi
done
if ((stale)); then
    echo "error: generated files are not current; run 'make generate' and commit what it changes" >&2
    exit 1
fi
