#!/usr/bin/env bash
# Runs a command with a PostgreSQL and a Redis server that belong to this run alone, and removes every trace of them
# afterwards.
#
# Usage: with-services.sh [--durable | --replica] COMMAND…
#   The command finds the server's superuser address in MADANG_TEST_POSTGRES_URL. If that is already set, the
#   command simply runs: somebody else provides the servers. Redis is at MADANG_TEST_REDIS_URL.
#   --replica   without Redis, but with a streaming replica of the server, at MADANG_TEST_REPLICA_URL; both are new even
#               where somebody else provides servers
#   --durable   without Redis; keep fsync on and give the server memory, for measurements; tests do without, for speed.
#               Statements are counted in the databases that set pg_stat_statements.track
#
# Any number of runs may go on at once: each has its own folder and its own port on 127.0.0.1. initdb refuses root,
# so root's servers run as the user postgres or nobody. The server also ends when this script is killed outright.
set -euo pipefail

durable=false
replicated=false
case ${1:-} in
--durable)
    durable=true
    shift
    ;;
--replica)
    replicated=true
    shift
    ;;
esac
if (($# == 0)); then
    echo "usage: with-services.sh [--durable | --replica] COMMAND…" >&2
    exit 2
fi
if [[ $replicated == false && -n ${MADANG_TEST_POSTGRES_URL:-} ]]; then
    exec "$@"
fi

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=
server=
replica=
redis=
command_group=

stop_everything() {
    local status=$?
    trap '' INT TERM HUP
    if [[ -n $command_group ]]; then
        kill -TERM -- "-$command_group" 2>/dev/null || true
        for _ in {1..100}; do
            kill -0 -- "-$command_group" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$command_group" 2>/dev/null || true
    fi
    local one
    for one in $replica $server; do
        # Immediate shutdown: nothing in this server is worth a checkpoint.
        kill -QUIT "$one" 2>/dev/null || true
        wait "$one" 2>/dev/null || true
    done
    if [[ -n $redis ]]; then
        kill -KILL "$redis" 2>/dev/null || true
        wait "$redis" 2>/dev/null || true
    fi
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}
trap stop_everything EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Where packages lie that could not be installed for want of rights.
unpacked=$scripts/../target/debian/postgresql

newest_postgres() {
    # A folder that does not exist has no server in it, which is not an error.
    { find /usr/lib/postgresql "$unpacked/root/usr/lib/postgresql" -maxdepth 3 -path '*/bin/postgres' 2>/dev/null || true; } |
        sort -V | tail -n 1
}

postgres=$(newest_postgres)
if [[ -z $postgres || ($postgres == "$unpacked"/* && ! -f $unpacked/complete) ]]; then
    "$scripts/debian-packages.sh" --or-unpack "$unpacked" "the test database" postgresql
    postgres=$(newest_postgres)
fi

unpacked_redis=$scripts/../target/debian/redis
find_redis() {
    command -v redis-server ||
        { [[ -f $unpacked_redis/complete ]] && find "$unpacked_redis/root" -path '*/bin/redis-server'; } || true
}
redis_program=
if [[ $durable == false && $replicated == false ]]; then
    redis_program=$(find_redis)
    if [[ -z $redis_program ]]; then
        "$scripts/debian-packages.sh" --or-unpack "$unpacked_redis" "the tests of shared limits" redis-server
        redis_program=$(find_redis)
    fi
fi

# What tests read the text of a certificate with.
unpacked_poppler=$scripts/../target/debian/poppler
if [[ $durable == false && $replicated == false && -z ${MADANG_TEST_PDFTOTEXT:-} ]] && ! command -v pdftotext >/dev/null; then
    [[ -f $unpacked_poppler/complete ]] ||
        "$scripts/debian-packages.sh" --or-unpack "$unpacked_poppler" "the tests of certificates" poppler-utils
    if [[ -f $unpacked_poppler/complete ]]; then
        unpacked_poppler=$(realpath "$unpacked_poppler")
        libraries=$(find "$unpacked_poppler/root" -maxdepth 3 -path '*lib/*-linux-gnu*' -printf '%p:')
        program=$(find "$unpacked_poppler/root" -path '*/bin/pdftotext')
        export MADANG_TEST_PDFTOTEXT=$unpacked_poppler/pdftotext
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$program" >"$MADANG_TEST_PDFTOTEXT"
        chmod +x "$MADANG_TEST_PDFTOTEXT"
    fi
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/madang-services.XXXXXX")
as_server=(setpriv)
if ((EUID == 0)); then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    as_server=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
    chown "$user" "$folder"
    if ! "${as_server[@]}" test -w "$folder"; then
        echo "error: the user $user, who runs the test database, cannot enter $folder; set TMPDIR to another folder" >&2
        exit 1
    fi
fi

if [[ $postgres == "$unpacked"/* ]]; then
    libraries=$(find "$unpacked"/root/{usr/,}lib -maxdepth 1 -name '*-linux-gnu*' -printf '%p:' 2>/dev/null || true)
    as_server=(env "LD_LIBRARY_PATH=$libraries" "${as_server[@]}")
fi

log=$folder/postgres.log
if ! (cd "$folder" && "${as_server[@]}" "${postgres%/*}/initdb" --pgdata=data --username=postgres --auth=trust \
    --locale=C.UTF-8 --encoding=UTF8 --no-sync >"$log" 2>&1); then
    cat "$log" >&2
    exit 1
fi

settings=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c timezone=UTC)
if [[ $durable == true ]]; then
    settings+=(-c max_connections=300 -c shared_buffers=1GB -c max_wal_size=4GB -c effective_cache_size=2GB
        -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track=none)
else
    settings+=(-c max_connections=300 -c shared_buffers=64MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
fi

# Starts a server on the folder $1; its process is then $started, and its port $port.
start_postgres() {
    log=$folder/$1.log
    # Only the attempt to listen tells whether a port is free: two runs may find the same one free at the same time.
    for _ in {1..20}; do
        port=$((20000 + RANDOM % 12000))
        (cd "$folder" && exec "${as_server[@]}" --pdeathsig QUIT setsid "$postgres" -D "$1" -p "$port" "${settings[@]}" \
            >"$log" 2>&1 </dev/null) &
        started=$!
        while kill -0 "$started" 2>/dev/null; do
            if grep -qsE '^(ready|standby)' "$folder/$1/postmaster.pid"; then
                return
            fi
            sleep 0.05
        done
        wait "$started" || true
    done
    echo "error: the test database does not start:" >&2
    tail -n 20 "$log" >&2
    exit 1
}

start_postgres data
server=$started
export MADANG_TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/postgres

if [[ $replicated == true ]]; then
    log=$folder/backup.log
    if ! (cd "$folder" && "${as_server[@]}" "${postgres%/*}/pg_basebackup" --pgdata=replica --write-recovery-conf --checkpoint=fast \
        --no-sync --dbname="$MADANG_TEST_POSTGRES_URL" >"$log" 2>&1); then
        cat "$log" >&2
        exit 1
    fi
    start_postgres replica
    replica=$started
    export MADANG_TEST_REPLICA_URL=postgres://postgres@127.0.0.1:$port/postgres
fi

if [[ -n $redis_program ]]; then
    as_redis=("${as_server[@]}")
    if [[ $redis_program == "$unpacked_redis"/* ]]; then
        libraries=$(find "$unpacked_redis/root" -maxdepth 3 -path '*lib/*-linux-gnu*' -printf '%p:' || true)
        as_redis=(env "LD_LIBRARY_PATH=$libraries" "${as_server[@]}")
    fi
    log=$folder/redis.log
    for _ in {1..20}; do
        port=$((20000 + RANDOM % 12000))
        (cd "$folder" && exec "${as_redis[@]}" --pdeathsig KILL setsid "$redis_program" --port "$port" --bind 127.0.0.1 \
            --save '' --appendonly no --daemonize no >"$log" 2>&1 </dev/null) &
        redis=$!
        while kill -0 "$redis" 2>/dev/null; do
            if grep -qs 'Ready to accept connections' "$log"; then
                break 2
            fi
            sleep 0.05
        done
        wait "$redis" || true
        redis=
    done
    if [[ -z $redis ]]; then
        echo "error: the test Redis does not start:" >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
    export MADANG_TEST_REDIS_URL=redis://127.0.0.1:$port
fi

# A process group of its own, so that stopping the command stops all that it started. Waiting in the background
# lets the traps act at once.
set -m
"$@" <&0 &
command_group=$!
set +m
wait "$command_group"
