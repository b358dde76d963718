#!/usr/bin/env bash
# Holds the table of layers: which crate may use which of ours, and which libraries it must never see, not even through
# another crate. Development dependencies do not count. A new crate needs a row here.
set -euo pipefail

# crate | crates of ours that it may use | libraries that it must never use (extended regular expressions)
rows() {
    cat <<'TABLE'
madang-domain      |                                                                  | actix.* diesel.* deadpool.* tokio.* utoipa.*
madang-charts      |                                                                  | actix.* diesel.* deadpool.* tokio.* libsqlite3-sys utoipa.* chrono serde
madang-reporting   | madang-domain madang-charts                                      | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys
madang-interchange | madang-domain madang-charts madang-reporting                     | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys
madang-auth        | madang-domain                                                    | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys
madang-persistence | madang-domain madang-charts madang-reporting madang-auth         | actix.* utoipa.*
madang-worker      | madang-domain                                                    | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys
madang-delivery    | madang-domain                                                    | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys openssl openssl-sys native-tls
madang-credentials |                                                                  | actix.* diesel.* deadpool.* tokio.* libsqlite3-sys utoipa.*
madang-documents   | madang-domain madang-charts madang-reporting                     | actix.* diesel.* deadpool.* tokio.* libsqlite3-sys
madang-limits      | madang-domain                                                    | actix.* diesel.* deadpool.* tokio-postgres libsqlite3-sys utoipa.*
madang-http        | madang-domain madang-charts madang-reporting madang-auth madang-interchange madang-limits madang-documents madang-credentials | diesel.* deadpool.* tokio-postgres libsqlite3-sys
madang-testing     | madang-domain madang-persistence madang-charts madang-reporting madang-auth | actix.* utoipa.*
TABLE
}

failures=0
complain() {
    echo "error: $*" >&2
    failures=$((failures + 1))
}

while IFS='|' read -r crate allowed banned; do
    crate=${crate//[[:space:]]/}
    allowed=$(xargs <<<"$allowed")
    tree=$(cargo tree --package "$crate" --edges normal --prefix none --format '{p}' | awk '{print $1}' | sort -u | sed '/^$/d')

    while read -r ours; do
        if [[ " $allowed " != *" $ours "* ]]; then
            complain "$crate depends on $ours, which it must not know (may use: ${allowed:-nothing of ours})." \
                "Path: cargo tree -p $crate -e normal -i $ours"
        fi
    done < <(grep -E '^madang(-|$)' <<<"$tree" | grep -vx "$crate" || true)

    read -ra patterns <<<"$banned"
    for pattern in "${patterns[@]}"; do
        while read -r library; do
            complain "$crate depends on $library, which belongs to another layer." \
                "Path: cargo tree -p $crate -e normal -i $library"
        done < <(grep -Ex -- "$pattern" <<<"$tree" || true)
    done
done < <(rows)

for manifest in crates/*/Cargo.toml; do
    crate=$(awk -F '"' '/^name *=/ { print $2; exit }' "$manifest")
    if ! rows | grep -Eq "^$crate +\|"; then
        complain "$crate has no row in scripts/check-layers.sh: say what it may use"
    fi
done

# Rooms: notifications and merging may use certification, that attendance, that learning, all the yard; never the other way.
rooms_above() {
    case $1 in
    notifications | merging) echo 'withdrawal' ;;
    certification) echo 'notifications|merging|withdrawal' ;;
    attendance) echo 'certification|notifications|merging|withdrawal' ;;
    learning) echo 'attendance|certification|notifications|merging|withdrawal' ;;
    *) echo 'learning|attendance|certification|notifications|merging|withdrawal' ;;
    esac
}
for room in merging notifications certification attendance learning accounts audit events idempotency operations jobs mail channels devices webhooks files; do
    folder=crates/domain/src/$room
    [[ -d $folder ]] || continue
    while read -r place; do
        complain "the room $room must not use a room above it: $place"
    done < <(grep -rnE "^[^/]*\b($(rooms_above "$room"))::" "$folder" || true)
done

if ((failures)); then
    exit 1
fi
echo "$(rows | wc -l) crates keep to their layer"
