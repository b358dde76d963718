#!/usr/bin/env bash
# Measures madang on PostgreSQL and SQLite, and beside it the bare server on PostgreSQL, on one machine in one run.
#
# Usage: run.sh [PART…]      parts: routes paced signins reports search import hall counters export large jobs certificate (all by default)
# Settings: ROUNDS=3 SECONDS_EACH=5 CONNECTIONS="64 1000" USERS=10000 TITLES=1000000 LARGE_USERS=100000 PACED_SECONDS=30
#           ROUTES="course page" measures these only; REPORT_CONNECTIONS="4 64"; EXPORT_ROWS=1000000; JOBS=10000 HALL_LEARNERS=1500 HALL_SECONDS=10 READERS=200 SIGNINS="0 64 256"
#           QUICK=1 measures once and shortly, on less data, to see that everything runs
#
# The targets take turns, because a machine is never equally busy for minutes; ratios compare medians. The database
# is private to this run and keeps its promises (fsync on; synchronous=FULL on SQLite). Warnings are logged, requests are not.
# No pipefail: `head` ends what feeds it.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8

if [[ ${QUICK:-} == 1 ]]; then
    : "${ROUNDS:=1}" "${SECONDS_EACH:=2}" "${USERS:=1000}" "${TITLES:=50000}" "${LARGE_USERS:=5000}" "${PACED_SECONDS:=10}"
fi
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-5}
users=${USERS:-10000}
titles=${TITLES:-1000000}
jobs=${JOBS:-10000}
large_users=${LARGE_USERS:-100000}
paced_seconds=${PACED_SECONDS:-30}
read -ra connection_counts <<<"${CONNECTIONS:-64 1000}"
pool=16
threads=2

prepared=false
if [[ ${1:-} == --prepared ]]; then
    prepared=true
    shift
fi
parts=("$@")
if ((${#parts[@]} == 0)); then
    parts=(routes paced signins reports search import hall counters export large jobs certificate)
fi

# First build, then run once more beside a database.
if [[ $prepared == false ]]; then
    command -v wrk >/dev/null || scripts/debian-packages.sh "the measurements" wrk
    cargo build --release --package madang --package madang-bench --package madang-bench-bare
    exec scripts/with-services.sh --durable "$PWD/bench/run.sh" --prepared "${parts[@]}"
fi

release=${CARGO_TARGET_DIR:-target}/release
folder=$(mktemp -d)
server=
trap 'stop_target; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A thousand connections need as many file descriptors, on both sides.
ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -Hn)"

address_of() {
    case $1 in
    sqlite) echo "sqlite://$folder/$2.db" ;;
    *) echo "${MADANG_TEST_POSTGRES_URL%/*}/$2" ;;
    esac
}

sql() { psql --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$(address_of postgres "$1")" "${@:2}"; }

note() { echo "$(date +%H:%M:%S) load $(cut -d ' ' -f 1 /proc/loadavg): $*" >&2; }

create_database() { psql --quiet "$MADANG_TEST_POSTGRES_URL" --command "CREATE DATABASE $1"; }

timed() {
    local began=$EPOCHREALTIME
    "$@"
    echo "$EPOCHREALTIME $began" | awk '{ printf "%.1f", $1 - $2 }'
}

# Marks that can still be made, handed out so that nobody gets one twice on the same database.
declare -A taken=()
unmarked() {
    local target=$1 count=$2 from=${taken[$1]:-1}
    taken[$target]=$((from + count))
    sed -n "${from},$((from + count - 1))p" "$folder/unmarked" |
        awk -v prefix="$prefix" '{ printf "POST %s/lectures/%s/attendances {\"user_id\":\"%s\",\"status\":\"present\"}\n", prefix, $1, $2 }'
}

# Sets server, address, prefix and token. $1 the target, $2 the database.
start_target() {
    local port
    while port=$((20000 + RANDOM % 12000)) && (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    address=127.0.0.1:$port
    token=
    if [[ $1 == bare ]]; then
        prefix=
        "$release/madang-bench-bare" "$(address_of postgres "$2")" "$address" "$pool" >"$folder/$1.log" 2>&1 &
    else
        prefix=/api/v1
        make_admin "$1" "$2"
        env DATABASE_URL="$(address_of "$1" "$2")" HOST=127.0.0.1 PORT="$port" LOG_FILTER=warn \
            LIMIT_ANONYMOUS=0 LIMIT_USER=0 LIMIT_GUESSES=0 LIMIT_GUESSES_AT_ACCOUNT=0 LIMIT_GUESSES_FROM_PLACE=0 \
            DATABASE_CONNECTIONS="$pool" "$release/madang" serve >"$folder/$1.log" 2>&1 &
    fi
    server=$!
    for _ in {1..100}; do
        if curl --silent --output /dev/null --max-time 5 "http://$address/"; then
            [[ $1 == bare ]] || sign_in "$1" "$2"
            return
        fi
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

# An admin, made before a database is first served: counting what was loaded keeps the one writer of SQLite busy.
make_admin() {
    if [[ ! -s $folder/password ]]; then
        od -An -N 16 -tx1 /dev/urandom | tr -d ' \n' >"$folder/password"
    fi
    if [[ ! -e $folder/admin.$1.$2 ]]; then
        DATABASE_URL=$(address_of "$1" "$2") LOG_FILTER=warn "$release/madang" migrate up >/dev/null
        DATABASE_URL=$(address_of "$1" "$2") LOG_FILTER=warn "$release/madang" create-admin --username bench \
            --password-stdin <"$folder/password" >/dev/null
        touch "$folder/admin.$1.$2"
    fi
}

sign_in() {
    local password
    password=$(<"$folder/password")
    token=$(curl --silent --fail --max-time 30 --json "{\"username\":\"bench\",\"password\":\"$password\"}" \
        "http://$address$prefix/auth/login" | sed -E 's/.*"access_token" *: *"([^"]+)".*/\1/')
}

# Waits until everything that was marked is counted, and every class assessed: measured is what users meet, not that.
settle() {
    [[ $1 != bare ]] || return 0
    until curl --silent --fail --max-time 60 --header "Authorization: Bearer $token" "http://$address$prefix/admin/stats" |
        grep -q '"noted":0,.*"unassessed":0'; do
        kill -0 "$server" 2>/dev/null || { echo "error: $1 has ended" >&2; exit 1; }
        sleep 1
    done
}

# The ids that requests ask for; both databases hold the same.
sample_ids() {
    local table
    for table in courses users; do
        sql "$1" --command "SELECT id FROM $table WHERE $2 ORDER BY md5(id::text) LIMIT 2000" >"$folder/$table"
    done
    # The class of 1,000 learners and 60 lectures.
    sql "$1" --command "SELECT class_id FROM lectures GROUP BY class_id HAVING count(*) = 60" >"$folder/halls"
    sql "$1" --command "SELECT id FROM classes ORDER BY md5(id::text) LIMIT 2000" >"$folder/classes"
    sql "$1" --command "SELECT id FROM lectures WHERE sequence <= 20 ORDER BY md5(id::text) LIMIT 2000" >"$folder/lectures"
}

get() { sed "s|.*|GET $prefix$1|" "$2"; }

# $1 requests of a route, over and over. $2 the route, $3 the target.
cycled() {
    requests_of "$3" "$2" | awk -v count="$1" '{ line[NR - 1] = $0 } END { for (i = 0; i < count; i++) print line[i % NR] }'
}

# Requests of a route, one a line. $1 the target, $2 the route.
requests_of() {
    case $2 in
    course) get "/courses/&" "$folder/courses" ;;
    cursor) echo "GET $prefix/courses?size=20$([[ $1 == bare ]] || echo "&cursor=")" ;;
    page) echo "GET $prefix/courses?page=1&size=20" ;;
    marks) get "/lectures/&/attendances" "$folder/lectures" ;;
    course-stats) get "/courses/&/attendance-stats" "$folder/courses" ;;
    class-stats) get "/classes/&/attendance-stats" "$folder/classes" ;;
    completions) echo "GET $prefix/stats/completions" ;;
    overview) echo "GET $prefix/stats/overview" ;;
    history) get "/users/&/history" "$folder/users" ;;
    sheet) get "/classes/&/attendance-sheet" "$folder/halls" ;;
    weekly) echo "GET $prefix/stats/attendance?period=weekly" ;;
    login) echo "POST $prefix/auth/login {\"username\":\"bench\",\"password\":\"$(<"$folder/password")\"}" ;;
    mark) unmarked "$1" "$((seconds * 3000))" ;;
    mixed) # Four reads (a course, a list, marks, a history), then a write.
        local writes=$((seconds * 1500))
        # Not in a subshell, which would forget what it has handed out.
        unmarked "$1" "$writes" >"$folder/writes"
        paste -d '\n' <(cycled "$writes" course "$1") <(cycled "$writes" cursor "$1") <(cycled "$writes" marks "$1") \
            <(cycled "$writes" history "$1") "$folder/writes"
        ;;
    esac
}

routes_of() {
    if [[ $1 == bare ]]; then
        echo course cursor page
    else
        echo "${ROUTES:-course cursor page marks course-stats history sheet weekly mark mixed login}"
    fi
}

# $1 requests, $2 connections, $3 seconds: "requests/s p50 p95 p99 errors".
load() {
    wrk --threads "$threads" --connections "$2" --duration "$3s" --timeout 10s --script bench/requests.lua "http://$address" \
        -- "$1" "$threads" "$token" | awk '/^RESULT/ { print $2, $3, $4, $5, $6 }'
}

# The server's own count, in which BEGIN and COMMIT are apart.
statements() {
    curl --silent --fail --max-time 10 "http://$address/metrics" |
        awk '/^madang_database_statements_total/ { print $2 }'
}

count_statements() {
    local target=$1 route before count=20
    start_target "$target" bench
    settle "$target"
    for route in $(routes_of "$target"); do
        [[ $route != mixed ]] || continue
        requests_of "$target" "$route" | head -n "$((count + 1))" >"$folder/some"
        send_some 1
        before=$(statements)
        send_some "$count"
        echo "$target $route $(awk -v a="$before" -v b="$(statements)" -v c="$count" 'BEGIN { printf "%.1f", (b - a) / c }')" \
            >>"$folder/statements"
    done
    stop_target
}

# The first $1 requests of the file, which go with them where they can be sent only once.
send_some() {
    local method path body sent=0
    while ((sent < $1)) && read -r method path body <&3; do
        curl --silent --max-time 30 --output /dev/null --request "$method" --header "Authorization: Bearer $token" \
            ${body:+--json "$body"} "http://$address$path"
        sent=$((sent + 1))
    done 3<"$folder/some"
    if grep -q '/attendances {' "$folder/some"; then
        sed -i "1,${1}d" "$folder/some"
    elif (($(wc -l <"$folder/some") < $1)); then
        yes "$(head -n 1 "$folder/some")" | head -n "$(($1 - sent))" >"$folder/more"
        mv "$folder/more" "$folder/some"
        (($1 == sent)) || send_some "$(($1 - sent))"
    fi
}

measure() {
    local target=$1 database=$2 route connections
    start_target "$target" "$database"
    settle "$target"
    for route in "${@:3}"; do
        for connections in "${connection_counts[@]}"; do
            requests_of "$target" "$route" >"$folder/requests"
            case $route in
            mark | mixed | login) ;;
            *) load "$folder/requests" "$connections" 1 >/dev/null ;;
            esac
            echo "$route $connections $target $(load "$folder/requests" "$connections" "$seconds")" |
                tee -a "$folder/results.$database" >&2
        done
    done
    stop_target
    # What the bare server asked for and nobody waits for any more would still be worked at under the next target.
    if [[ $target == bare ]]; then
        sql "$database" --command 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()' >/dev/null
    fi
}

# $1 results, $2 the target that others are compared with.
print_table() {
    awk -v statements="$folder/statements" -v base_target="$2" '
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
                base = k[1] " " k[2] " " base_target
                ratio = (base in rate && median(rate[base]) > 0) ? sprintf("%.2f", median(rate[order[i]]) / median(rate[base])) : "-"
                printf "| %s | %d | %s | %d | %s | %.1f | %.1f | %.1f | %d | %s |\n", k[1], k[2], k[3],
                    median(rate[order[i]]), ratio, median(p50[order[i]]), median(p95[order[i]]),
                    median(p99[order[i]]), errors[order[i]], count[k[3] " " k[1]]
            }
        }' <(sort -k1,1 -k2,2n -k3,3 -s "$1")
}

part_routes() {
    local round target turn targets=(bare postgres sqlite)
    for target in postgres sqlite; do
        count_statements "$target"
    done
    for ((round = 1; round <= rounds; round++)); do
        mapfile -t turn < <(printf '%s\n' "${targets[@]}" | if ((round % 2)); then cat; else tac; fi)
        for target in "${turn[@]}"; do
            note "round $round of $rounds: $target"
            # shellcheck disable=SC2046 # names of routes
            measure "$target" bench $(routes_of "$target")
        done
    done
    printf '\n## Routes (%s users, %s marks)\n\n' "$users" "$((users * 100))"
    print_table "$folder/results.bench" bare
}

part_paced() {
    local target
    printf '\n## 1,000 users, each asking once a second for %s s\n\n' "$paced_seconds"
    echo "| target | answered | p50 ms | p95 ms | p99 ms | most ms | errors | resident MB |"
    echo "|---|---:|---:|---:|---:|---:|---:|---:|"
    for target in postgres sqlite; do
        note "paced: $target"
        start_target "$target" bench
        settle "$target"
        paths "$target"
        # The most memory from here on.
        echo 5 >"/proc/$server/clear_refs"
        "$release/madang-bench" pace "http://$address" "$folder/paths" "$token" 1000 "$paced_seconds" |
            awk -v target="$target" '{ printf "| %s | %d | %s | %s | %s | %s | %d |", target, $2, $3, $4, $5, $6, $7 }'
        echo " $(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$server/status") |"
        stop_target
    done
}

# Puts what readers ask for in turn into a file. $1 the target.
paths() {
    local route
    for route in course cursor page marks history; do
        requests_of "$1" "$route"
    done | sed 's/^GET //' | shuf --random-source=<(yes) >"$folder/paths"
}

# Readers, alone and while others sign in as fast as they are let: so many that all find a place in the queue of password hashes,
# and so many that most are turned away.
part_signins() {
    local target storm readers=${READERS:-200}
    printf '\n## Reads during a storm of sign-ins: %s readers, each asking once a second for %s s\n\n' "$readers" "$paced_seconds"
    echo "| target | sign in at once | reads | p50 ms | p95 ms | p99 ms | most ms | errors | sign-ins/s | turned away/s |"
    echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    for target in postgres sqlite; do
        start_target "$target" bench
        settle "$target"
        paths "$target"
        requests_of "$target" login >"$folder/requests"
        # Once before it counts, so that every connection has prepared what it asks.
        "$release/madang-bench" pace "http://$address" "$folder/paths" "$token" "$readers" "$paced_seconds" >/dev/null
        for storm in ${SIGNINS:-0 64 256}; do
            note "signins: $target, $storm at once"
            echo 0 0 0 0 0 >"$folder/storm"
            if ((storm > 0)); then
                load "$folder/requests" "$storm" "$paced_seconds" >"$folder/storm" &
            fi
            "$release/madang-bench" pace "http://$address" "$folder/paths" "$token" "$readers" "$paced_seconds" >"$folder/reads"
            if ((storm > 0)); then
                wait $!
            fi
            awk -v target="$target" -v storm="$storm" -v seconds="$paced_seconds" 'NR == FNR { rate = $1; away = $5 / seconds; next }
                { printf "| %s | %d | %d | %s | %s | %s | %s | %d | %.1f | %.1f |\n", target, storm, $2, $3, $4, $5, $6, $7, rate - away, away }' \
                "$folder/storm" "$folder/reads"
        done
        stop_target
    done
}

# What is searched for: one, two and three syllables of titles, and two initial consonants, which are the common case at its worst.
searches() {
    {
        sed -n '1,100s/^\(.\).*/\1/p; 101,200s/^\(..\).*/\1/p; 201,300s/^\(...\).*/\1/p' "$folder/titles" | tr -d ' '
        printf '%s\n' ㅅㅊ ㄱㅎ ㅁㄷ
    } | od -An -v -tx1 -w1 | awk '{ if ($1 == "0a") print ""; else printf "%%%s", toupper($1) }'
}

part_search() {
    local target query kind result
    create_database search
    for target in postgres sqlite; do
        note "loading $titles titles: $target ($(timed "$release/madang-bench" titles "$(address_of "$target" search)" "$titles") s)"
    done
    sql search --command 'VACUUM ANALYZE'
    # Common, middling and rare pieces of the titles themselves: of two words, one word, three, two and one syllables, and initials.
    sql search --command "SELECT title FROM courses ORDER BY md5(id::text) LIMIT 400" >"$folder/titles"
    printf '\n## Search in %s titles\n\n' "$titles"
    echo "| target | answer | connections | requests/s | p50 ms | p95 ms | p99 ms | errors |"
    echo "|---|---|---:|---:|---:|---:|---:|---:|"
    for target in postgres sqlite; do
        note "search: $target"
        start_target "$target" search
        for kind in first total; do
            searches |
                sed "s|^|GET $prefix/courses?$([[ $kind == total ]] && echo page=1 || echo cursor=)\&q=|" >"$folder/requests"
            for query in 1 16; do
                threads=1
                load "$folder/requests" "$query" 1 >/dev/null
                result=$(load "$folder/requests" "$query" "$((seconds * 2))")
                threads=2
                echo "$target $kind $query $result" |
                    awk '{ printf "| %s | %s | %d | %d | %s | %s | %s | %d |\n", $1, $2 == "total" ? "page with total" : "cursor", $3, $4, $5, $6, $7, $8 }'
            done
        done
        stop_target
    done
    # The statement that the server sends, with the term of two syllables as crates/domain/src/search.rs makes it.
    local piece=${PIECE:-수채} term
    term=$(printf '%s' "$piece" | iconv -f UTF-8 -t UTF-32BE | od -An -v -tx1 | awk '{ print $3 $4 "x" $7 $8 }')
    printf '\nPostgreSQL, the first 21 of `%s`, and how many there are:\n\n```\n%s\n\n%s\n```\n' "$piece" \
        "$(sql search --command "EXPLAIN (ANALYZE, COSTS OFF) SELECT id, title FROM courses WHERE search_vector @@ '''$term'''::tsquery
        ORDER BY created_at DESC, id DESC LIMIT 21")" \
        "$(sql search --command "EXPLAIN (ANALYZE, COSTS OFF) SELECT count(*) FROM courses WHERE search_vector @@ '''$term'''::tsquery")"
    local found="FROM courses WHERE row_id IN (SELECT rowid FROM courses_search WHERE courses_search MATCH '\"$term\"')"
    printf '\nSQLite, the same:\n\n```\n%s\n\n%s\n```\n' \
        "$("$release/madang-bench" plan "$folder/search.db" "SELECT id, title $found ORDER BY created_at DESC, id DESC LIMIT 21")" \
        "$("$release/madang-bench" plan "$folder/search.db" "SELECT count(*) $found")"
}

part_import() {
    local target data=../shared/data/oulad
    [[ -d $data ]] || { note "no data set to import" && return; }
    printf '\n## Import of OULAD\n\n'
    echo "| target | read s | checked and kept s | marks |"
    echo "|---|---:|---:|---:|"
    create_database oulad
    for target in postgres sqlite; do
        note "import: $target"
        "$release/madang-bench" import "$(address_of "$target" oulad)" "$data" |
            awk -v target="$target" '{ printf "| %s | %s | %s | %d |\n", target, $2, $3, $4 }'
    done
}

# A full hall: everybody of one lecture within ten seconds, then the same people spread over fifty. It fails unless there is one mark for each.
part_hall() {
    local target line learners=${HALL_LEARNERS:-1500} within=${HALL_SECONDS:-10} watchers=30
    printf '\n## A full hall: %s learners within %s s, every tenth taps twice, %s live lists open\n\n' "$learners" "$within" "$watchers"
    echo "| target | lectures | answered | p50 ms | p95 ms | p99 ms | most ms | errors | marks | lists complete after ms |"
    echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
    create_database hall
    for target in postgres sqlite; do
        # Everybody signs in beforehand from one address, with a cheap password hash: that is not what is measured.
        PASSWORD_COST=4 LIMIT_ANONYMOUS=0 LIMIT_USER=0 start_target "$target" hall
        note "hall: $target"
        "$release/madang-bench" hall "http://$address/api/v1" "$token" "$learners" "$watchers" "$within" |
            awk -v target="$target" '{ printf "| %s | %d | %d | %s | %s | %s | %s | %d | %d | %d |\n", target, $2, $3, $4, $5, $6, $7, $8, $9, $10 }'
        stop_target
    done
}

# Each report by one GROUP BY over the marks (bare) and by madang's counters, in turn on the same database. $1 the database, $2… madang's targets.
compare_reports() {
    local database=$1 round target turn targets=(bare "${@:2}") connections=("${connection_counts[@]}")
    read -ra connection_counts <<<"${REPORT_CONNECTIONS:-4 64}"
    for target in "${@:2}"; do
        note "waiting until the counters of $target have followed"
        start_target "$target" "$database"
        settle "$target"
        stop_target
    done
    rm -f "$folder/results.$database"
    for ((round = 1; round <= rounds; round++)); do
        mapfile -t turn < <(printf '%s\n' "${targets[@]}" | if ((round % 2)); then cat; else tac; fi)
        for target in "${turn[@]}"; do
            note "reports, round $round of $rounds: $target"
            measure "$target" "$database" class-stats course-stats history weekly completions
        done
    done
    connection_counts=("${connections[@]}")
    printf '\n## Reports: one GROUP BY over the marks (bare) against the counters (%s)\n\n' "$database"
    print_table "$folder/results.$database" bare
}

part_reports() {
    compare_reports bench postgres sqlite
    printf '\nPostgreSQL, the figures of a class and of twelve weeks:\n\n```\n%s\n\n%s\n```\n' \
        "$(explain_class bench)" "$(explain_weeks bench)"
}

# The counters of a class that nobody is marking in.
explain_class() {
    sql "$1" --command "EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM lecture_counters
        WHERE lecture_date <= now() AND class_id = '$(head -n 1 "$folder/classes")' AND NOT EXISTS (SELECT 1 FROM statistics_changes AS noted
        WHERE noted.class_id = lecture_counters.class_id AND (noted.lecture_id IS NULL OR noted.lecture_id = lecture_counters.lecture_id))"
}

explain_weeks() {
    sql "$1" --command "EXPLAIN (ANALYZE, COSTS OFF) SELECT spans.place, sum(expected), sum(present)
        FROM (SELECT place, now() - (12 - place) * interval '7 days' AS starts, now() - (11 - place) * interval '7 days' AS ends
            FROM generate_series(0, 11) AS place) AS spans
        CROSS JOIN lecture_counters WHERE lecture_date >= spans.starts AND lecture_date < spans.ends AND NOT EXISTS (SELECT 1
        FROM statistics_changes AS noted WHERE noted.class_id = lecture_counters.class_id
        AND (noted.lecture_id IS NULL OR noted.lecture_id = lecture_counters.lecture_id)) GROUP BY 1"
}

# Check-ins with the counters kept and without them, in turn: the triggers are taken away and put back, and nobody folds.
part_counters() {
    local target round mode learners=${HALL_LEARNERS:-1500} within=${HALL_SECONDS:-10}
    printf '\n## Check-ins with and without counters: %s learners within %s s, medians of %s rounds\n\n' "$learners" "$within" "$rounds"
    echo "| target | counters | lectures | answered | p50 ms | p95 ms | p99 ms | most ms | errors |"
    echo "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    create_database checkins
    for target in postgres sqlite; do
        PASSWORD_COST=4 start_target "$target" checkins
        stop_target
        for ((round = 1; round <= rounds; round++)); do
            for mode in $( ((round % 2)) && echo with without || echo without with); do
                note "counters: $target, round $round of $rounds, $mode"
                if [[ $mode == without ]]; then without_counters "$target" checkins; fi
                PASSWORD_COST=4 JOB_CONCURRENCY=$([[ $mode == with ]] && echo 4 || echo 0) start_target "$target" checkins
                "$release/madang-bench" hall "http://$address/api/v1" "$token" "$learners" 5 "$within" |
                    awk -v mode="$mode" '{ print mode, $2, $3, $4, $5, $6, $7, $8 }' >>"$folder/checkins.$target"
                stop_target
                if [[ $mode == without ]]; then with_counters "$target" checkins; fi
            done
        done
        sort -k1,1 -k2,2n -k5,5n "$folder/checkins.$target" | awk -v target="$target" '
            { key = $1 " " $2; count[key]++; line[key, count[key]] = $0 }
            END {
                for (key in count) {
                    split(line[key, int((count[key] + 1) / 2)], f, " ")
                    printf "| %s | %s | %d | %d | %s | %s | %s | %s | %d |\n", target, f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]
                }
            }' | sort
    done
}

without_counters() {
    if [[ $1 == postgres ]]; then
        sql "$2" --command "ALTER TABLE attendances DISABLE TRIGGER attendances_statistics_insert"
    else
        sqlite_file "$2" "SELECT sql || ';' FROM sqlite_master WHERE name = 'attendances_statistics_insert'" >"$folder/trigger.sql"
        sqlite_file "$2" "DROP TRIGGER attendances_statistics_insert"
    fi
}

with_counters() {
    if [[ $1 == postgres ]]; then
        sql "$2" --command "ALTER TABLE attendances ENABLE TRIGGER attendances_statistics_insert"
    else
        sqlite_file "$2" "$(<"$folder/trigger.sql")"
    fi
}

sqlite_file() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2]): print(row[0])' "$folder/$1.db" "$2"; }

# A list of so many rows as a file: how long it takes, and how much memory the server takes for it.
part_export() {
    local target format rows=${EXPORT_ROWS:-1000000} before
    printf '\n## Export of %s rows\n\n' "$rows"
    echo "| target | form | seconds | MB | resident before MB | resident at most MB |"
    echo "|---|---|---:|---:|---:|---:|"
    create_database export
    for target in postgres sqlite; do
        note "export: $target ($(timed "$release/madang-bench" titles "$(address_of "$target" export)" "$rows") s to load)"
        for format in csv xlsx; do
            start_target "$target" export
            before=$(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$server/status")
            curl --silent --fail --max-time 900 --output "$folder/exported" --write-out '%{time_total} %{size_download}\n' \
                --header "Authorization: Bearer $token" "http://$address$prefix/courses?format=$format" |
                awk -v target="$target" -v form="$format" -v before="$before" \
                    '{ printf "| %s | %s | %.1f | %.1f | %d |", target, form, $1, $2 / 1048576, before }'
            echo " $(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$server/status") |"
            stop_target
            rm -f "$folder/exported"
        done
    done
}

# A server of one's own, in MADANG_TEST_POSTGRES_URL, that has it already is not loaded again.
part_large() {
    if [[ -z $(sql postgres --command "SELECT 1 FROM pg_database WHERE datname = 'large'") ]]; then
        note "loading $large_users users"
        create_database large
        note "loaded in $(timed "$release/madang-bench" room "$(address_of postgres large)" "$large_users" 250 "$folder/unmarked.large") s"
    fi
    sql large --command 'VACUUM ANALYZE'
    sample_ids large true
    rm -f "$folder/results.large"
    measure postgres large course cursor page marks sheet
    printf '\n## Routes at large (%s users, %s marks)\n\n' "$large_users" "$((large_users * 100))"
    print_table "$folder/results.large" bare
    compare_reports large postgres
    printf '\n```\n%s\n\n%s\n```\n' "$(explain_class large)" "$(explain_weeks large)"
}

part_jobs() {
    local target
    printf '\n## Jobs (%s, three workers)\n\n' "$jobs"
    echo "| target | jobs/s | from commit to job p50 ms | p99 ms |"
    echo "|---|---:|---:|---:|"
    create_database jobs
    for target in postgres sqlite; do
        note "jobs: $target"
        "$release/madang-bench" jobs "$(address_of "$target" jobs)" "$jobs" |
            awk -v target="$target" '{ printf "| %s | %s | %s | %s |\n", target, $2, $3, $4 }'
    done
    printf '\nMails through three `madang worker` processes, killed at random and replaced; PostgreSQL crashes meanwhile:\n\n'
    echo "| target | mails | kills | crashes | arrived | arrived twice | seconds |"
    echo "|---|---:|---:|---:|---:|---:|---:|"
    create_database killed
    for target in postgres sqlite; do
        note "killed: $target"
        "$release/madang-bench" killed "$(address_of "$target" killed)" "$jobs" "$release/madang" |
            awk -v target="$target" '{ printf "| %s | %s | %s | %s | %s | %s | %s |\n", target, $2, $3, $4, $5, $6, $7 }'
    done
}

# One certificate after another, on one connection: how long somebody waits for theirs.
part_certificate() {
    local target course class learner certificate form
    printf '\n## Certificates (200 of each, one after the other)\n\n'
    echo "| target | form | p50 ms | p99 ms | bytes |"
    echo "|---|---|---:|---:|---:|"
    create_database certificate
    made() { sed -E 's/^\{"id":"([^"]+)".*/\1/'; }
    post() {
        curl --silent --fail --max-time 30 --header "Authorization: Bearer $token" --json "$2" "http://$address$prefix$1" | made
    }
    for target in postgres sqlite; do
        start_target "$target" certificate
        course=$(post /courses '{"title":"어르신을 위한 스마트폰 활용과 생활 속 디지털 안전"}')
        class=$(post "/courses/$course/classes" '{"title":"1기","begin_date":"2026-03-02","end_date":"2026-06-20"}')
        learner=$(post /users '{"auth_type":"temp","name":"홍길동"}')
        post "/classes/$class/enrolments" "{\"user_id\":\"$learner\",\"role\":\"learner\",\"enrolled_on\":\"2026-03-02\"}" >/dev/null
        certificate=$(post /certifications "{\"course_id\":\"$course\",\"user_id\":\"$learner\",\"override_reason\":\"bench\"}")
        for form in document credential; do
            note "certificate: $target $form"
            for _ in {1..200}; do
                printf 'url = "http://%s%s/certifications/%s/%s"\noutput = "/dev/null"\n' "$address" "$prefix" "$certificate" "$form"
            done | curl --silent --fail --header "Authorization: Bearer $token" --write-out '%{time_total} %{size_download}\n' --config - |
                sort -n | awk -v target="$target" -v form="$form" '{ took[NR] = $1 * 1000; bytes = $2 }
                    END { printf "| %s | %s | %.1f | %.1f | %d |\n", target, form, took[int(NR * 0.5)], took[int(NR * 0.99)], bytes }'
        done
        stop_target
    done
}

if [[ " ${parts[*]} " =~ \ (routes|paced|signins|reports)\  ]]; then
    create_database bench
    for target in postgres sqlite; do
        note "loading $users users: $target ($(timed "$release/madang-bench" room "$(address_of "$target" bench)" "$users" 50 "$folder/unmarked.new") s)"
    done
    shuf --random-source=<(yes) "$folder/unmarked.new" >"$folder/unmarked"
    sql bench --command 'VACUUM ANALYZE'
    sample_ids bench true
fi

echo "PostgreSQL $(sql postgres --command 'SHOW server_version'), $(nproc) cores, pool of $pool, $rounds rounds of $seconds s, medians; load average $(cut -d ' ' -f 1-3 /proc/loadavg)"
for part in "${parts[@]}"; do
    "part_$part"
done
