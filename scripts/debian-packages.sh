#!/usr/bin/env bash
# Installs Debian packages, as root or through sudo. A user who may do neither gets them unpacked into a folder where
# the caller can use them from there, or else is told which ones are missing and for what.
# Usage: debian-packages.sh [--or-unpack FOLDER] "what needs them" PACKAGE…
set -euo pipefail

arguments=("$@")
folder=
if [[ $1 == --or-unpack ]]; then
    folder=$2
    shift 2
fi
purpose=$1
shift

if ! command -v apt-get >/dev/null; then
    echo "error: $purpose needs what Debian calls: $*. Please install it; this script only knows apt-get." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive

# Downloads and unpacks without a single right, into lists and caches of our own.
unpack() {
    mkdir -p "$folder"
    exec 9<"$folder"
    flock 9
    [[ -f $folder/complete ]] && return
    rm -rf "$folder/root"
    mkdir -p "$folder"/{root,lists/partial,archives/partial}
    local apt=(apt-get -qq -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder"
        -o "Dir::Cache::archives=$folder/archives" -o Debug::NoLocking=1 -o APT::Sandbox::User=)
    echo "Unpacking for $purpose, because this user may not install packages: $*"
    "${apt[@]}" update </dev/null
    "${apt[@]}" install -y --no-install-recommends --download-only "$@" </dev/null >/dev/null
    local archive
    for archive in "$folder"/archives/*.deb; do
        dpkg-deb --extract "$archive" "$folder/root"
    done
    rm -rf "$folder/lists" "$folder/archives" "$folder"/*.bin
    touch "$folder/complete"
}

if ((EUID != 0)); then
    # A password can be asked for only where somebody sits in front of it.
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 && -z ${CI:-} ]]; }; then
        exec sudo "$0" "${arguments[@]}"
    fi
    if [[ -n $folder ]]; then
        unpack "$@"
        exit
    fi
    echo "error: $purpose needs Debian packages, and this user may not install them. Once, as root, run:" >&2
    echo "           apt-get update && apt-get install --no-install-recommends $*" >&2
    exit 1
fi

# apt-get fails at once when another run is updating its lists, so runs wait for each other here.
exec 9</var/lib/apt
flock 9

# Debian's PostgreSQL would create and start a cluster on the usual port, which nobody asked for.
# The setting holds during this installation only.
settings=/etc/postgresql-common/createcluster.d
mkdir -p "$settings"
echo 'create_main_cluster = false' >"$settings/madang.conf"
# Debian's Redis would start a server on the usual port, too.
policy=/usr/sbin/policy-rc.d
if [[ -e $policy ]]; then
    policy=
else
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
trap 'rm -f "$settings/madang.conf" ${policy:+"$policy"}; rmdir "$settings" 2>/dev/null || true' EXIT

echo "Installing for $purpose: $*"
apt-get update -qq </dev/null
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null >/dev/null
