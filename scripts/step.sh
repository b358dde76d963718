#!/usr/bin/env bash
# Runs one step of a check: says what it does, and afterwards how long it took and whether it passed.
# Usage: step.sh "What it does" COMMAND…
set -uo pipefail

title=$1
shift
printf '\n==> %s\n' "$title"
start=$SECONDS
"$@"
status=$?
if ((status == 0)); then
    printf '==> %s: passed (%d s)\n' "$title" $((SECONDS - start))
else
    printf '==> %s: FAILED with status %d (%d s)\n' "$title" "$status" $((SECONDS - start)) >&2
fi
exit "$status"
