#!/usr/bin/env bash
# Holds the rules for dependencies: permissive licences only, and nothing that needs OpenSSL or libpq at run time.
# Everything that ends up in or builds the binary counts; tools for tests do not.
set -euo pipefail

packages=$(cargo tree --workspace --edges normal,build --prefix none --format '{p}|{l}' |
    sed -E 's/ \(\*\)$//; s/ \(proc-macro\)//' | sort -u | sed '/^$/d')

# An expression is fine when all of its licences are allowed, or one of its alternatives is.
refused=$(awk -F '|' '
    BEGIN {
        split("MIT MIT-0 Apache-2.0 BSD-2-Clause BSD-3-Clause ISC Zlib BSL-1.0 0BSD CC0-1.0 Unlicense Unicode-3.0 " \
              "Unicode-DFS-2016 CDLA-Permissive-2.0 LLVM-exception", names, " ")
        for (i in names) allowed[names[i]] = 1
    }
    function all_allowed(text,   words, count, i) {
        count = split(text, words, /[^A-Za-z0-9.+-]+/)
        for (i = 1; i <= count; i++)
            if (words[i] != "" && words[i] !~ /^(AND|OR|WITH)$/ && !(words[i] in allowed)) return 0
        return count > 0 && text != ""
    }
    function one_allowed(text,   parts, count, i) {
        if (text ~ /[()]/) return 0
        count = split(text, parts, / OR |\//)
        for (i = 1; i <= count; i++) if (all_allowed(parts[i])) return 1
        return 0
    }
    !all_allowed($2) && !one_allowed($2) { print $1 ": " ($2 == "" ? "no licence given" : $2) }
' <<<"$packages")
banned=$(grep -E '^(openssl|openssl-sys|native-tls|pq-sys|mysqlclient-sys|actix-governor) v' <<<"$packages" || true)

if [[ -n $refused ]]; then
    printf 'error: licence not on the list in scripts/check-dependencies.sh:\n%s\n' "$refused" >&2
fi
if [[ -n $banned ]]; then
    printf 'error: banned dependency (cargo tree -i NAME shows who wants it):\n%s\n' "$banned" >&2
fi
[[ -z $refused && -z $banned ]]
echo "$(wc -l <<<"$packages") packages, all under permissive licences"
