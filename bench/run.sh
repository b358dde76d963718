#!/usr/bin/env bash
# Measures madang against the bare server on one machine in one run, and prints a table of medians and ratios.
#
# Usage: run.sh [TARGET…]      targets: bare madang (both by default)
# Settings: ROUNDS=3 SECONDS_EACH=5 CONNECTIONS="64 1000" POOL=16
# It takes about rounds × targets × routes × connection counts × (seconds + 2), three to four minutes by default.
#
# The targets take turns, because a machine is never equally busy for minutes. The database is private to this run and
# keeps its promises (fsync on). A ratio compares medians of requests per second with those of the bare server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-5}
read -ra connection_counts <<<"${CONNECTIONS:-64 1000}"
pool=${POOL:-16}
prepared=false
if [[ ${1:-} == --prepared ]]; then
    prepared=true
    shift
fi
targets=("$@")
if ((${#targets[@]} == 0)); then
    targets=(bare madang)
fi
routes=(one walk page)

# First build, then run once more beside a database.
if [[ $prepared == false ]]; then
    command -v wrk >/dev/null || scripts/debian-packages.sh "the measurements" wrk
    packages=()
    for target in "${targets[@]}"; do
        case $target in
        bare) packages+=(--package madang-bench-bare) ;;
        madang) packages+=(--package madang) ;;
        *) echo "error: unknown target $target" >&2 && exit 2 ;;
        esac
    done
    cargo build --release "${packages[@]}"
    exec scripts/with-services.sh --durable "$PWD/bench/run.sh" --prepared "${targets[@]}"
fi

release=${CARGO_TARGET_DIR:-target}/release
folder=$(mktemp -d)
server=
trap 'stop_target; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A thousand connections need as many file descriptors, on both sides.
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"

database=${MADANG_TEST_POSTGRES_URL%/*}/bench
sql() { psql --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$database" "$@"; }

prepare_database() {
    psql --quiet "$MADANG_TEST_POSTGRES_URL" --command 'CREATE DATABASE bench'
    if [[ " ${targets[*]} " == *" madang "* ]]; then
        DATABASE_URL=$database "$release/madang" migrate up
    else
        sql --file bench/courses.sql
    fi
    sql --file bench/seed.sql
    sql --command 'CREATE EXTENSION pg_stat_statements'
    sql --command "SELECT id FROM courses ORDER BY md5(id::text) LIMIT 5000" >"$folder/ids"
}

# $1: count or measure. Statements are counted in a phase of their own, because counting is not free.
count_statements() {
    local track=none
    [[ $1 == count ]] && track=top
    sql --command "ALTER DATABASE bench SET pg_stat_statements.track = '$track'"
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)) && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# Sets server, address and prefix.
start_target() {
    local port
    port=$(free_port)
    address=127.0.0.1:$port
    case $1 in
    bare)
        prefix=
        "$release/madang-bench-bare" "$database" "$address" "$pool" >"$folder/$1.log" 2>&1 &
        ;;
    madang)
        prefix=/api/v1
        env DATABASE_URL="$database" HOST=127.0.0.1 PORT="$port" LOG_LEVEL=warn \
            "$release/madang" serve >"$folder/$1.log" 2>&1 &
        ;;
    esac
    server=$!
    for _ in {1..100}; do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "error: $1 does not start:" >&2
    tail -n 20 "$folder/$1.log" >&2
    exit 1
}

stop_target() {
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

# Sets header: the arguments with which wrk and curl show who calls; the bare server asks nobody.
sign_in() {
    header=()
    if [[ $1 == madang ]]; then
        local password token
        password=$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')
        if [[ ! -s $folder/password ]]; then
            DATABASE_URL=$database "$release/madang" create-admin --username bench --password-stdin <<<"$password"
            echo "$password" >"$folder/password"
        fi
        token=$(curl --silent --fail --max-time 10 --json "{\"username\":\"bench\",\"password\":\"$(<"$folder/password")\"}" \
            "http://$address$prefix/auth/login" | sed -E 's/.*"access_token" *: *"([^"]+)".*/\1/')
        header=(Authorization "Bearer $token")
    fi
}

paths_of() {
    case $1 in
    one) sed "s|^|$prefix/courses/|" "$folder/ids" ;;
    walk) echo "$prefix/courses?size=20" ;;
    page) echo "$prefix/courses?page=1&size=20" ;;
    esac
}

# $1 connections, $2 seconds: "requests/s p50 p95 p99 errors".
load() {
    wrk --threads 2 --connections "$1" --duration "$2s" --timeout 10s --script bench/report.lua "http://$address" \
        -- "$folder/paths" "${header[@]}" | awk '/^RESULT/ { print $2, $3, $4, $5, $6 }'
}

statements_per_request() {
    local target=$1 route path count=50 total
    count_statements count
    start_target "$target"
    sign_in "$target"
    for route in "${routes[@]}"; do
        paths_of "$route" >"$folder/paths"
        path=$(head -n 1 "$folder/paths")
        sql --command 'SELECT pg_stat_statements_reset()' >/dev/null
        for ((i = 0; i < count; i++)); do
            curl --silent --fail --max-time 10 --output /dev/null ${header[0]:+--header "${header[0]}: ${header[1]}"} \
                "http://$address$path"
        done
        total=$(sql --command "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
            WHERE query NOT LIKE '%pg_stat_statements%'")
        echo "$target $route $(awk -v t="$total" -v c="$count" 'BEGIN { printf "%.2f", t / c }')" >>"$folder/statements"
    done
    stop_target
    count_statements measure
}

measure() {
    local target=$1 route connections
    start_target "$target"
    sign_in "$target"
    for route in "${routes[@]}"; do
        paths_of "$route" >"$folder/paths"
        for connections in "${connection_counts[@]}"; do
            load "$connections" 1 >/dev/null
            echo "$route $connections $target $(load "$connections" "$seconds")" | tee -a "$folder/results" >&2
        done
    done
    echo "$target $(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$server/status")" >>"$folder/memory"
    stop_target
}

print_table() {
    awk -v statements="$folder/statements" -v memory="$folder/memory" '
        function median(list,   values, count, i, j, swap) {
            count = split(list, values, " ")
            for (i = 2; i <= count; i++)
                for (j = i; j > 1 && values[j - 1] + 0 > values[j] + 0; j--) {
                    swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap
                }
            return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
        }
        {
            key = $1 " " $2 " " $3
            if (!(key in rate)) order[++keys] = key
            rate[key] = rate[key] " " $4; p50[key] = p50[key] " " $5; p95[key] = p95[key] " " $6
            p99[key] = p99[key] " " $7; errors[key] += $8
        }
        END {
            while ((getline line < statements) > 0) { split(line, f, " "); count[f[1] " " f[2]] = f[3] }
            print "| route | connections | target | requests/s | of bare | p50 ms | p95 ms | p99 ms | errors | statements |"
            print "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|"
            for (i = 1; i <= keys; i++) {
                split(order[i], k, " ")
                base = k[1] " " k[2] " bare"
                ratio = (base in rate) ? sprintf("%.2f", median(rate[order[i]]) / median(rate[base])) : "-"
                printf "| %s | %d | %s | %d | %s | %.2f | %.2f | %.2f | %d | %s |\n", k[1], k[2], k[3],
                    median(rate[order[i]]), ratio, median(p50[order[i]]), median(p95[order[i]]),
                    median(p99[order[i]]), errors[order[i]], count[k[3] " " k[1]]
            }
            print ""
            while ((getline line < memory) > 0) { split(line, f, " "); if (f[2] > most[f[1]]) most[f[1]] = f[2] }
            for (target in most) printf "Most resident memory of %s: %d MB\n", target, most[target]
        }' <(sort -k1,1 -k2,2n -k3,3 -s "$folder/results")
}

prepare_database
for target in "${targets[@]}"; do
    statements_per_request "$target"
done
for ((round = 1; round <= rounds; round++)); do
    if ((round % 2)); then
        turn=("${targets[@]}")
    else
        mapfile -t turn < <(printf '%s\n' "${targets[@]}" | tac)
    fi
    for target in "${turn[@]}"; do
        echo "round $round of $rounds: $target" >&2
        measure "$target"
    done
done

echo
echo "PostgreSQL $(sql --command 'SHOW server_version'), $(nproc) cores, pool of $pool, $rounds rounds of $seconds s, medians"
echo
print_table
