#!/usr/bin/env bash
# A real Blender 5.2 executable with its own Python: Debian sid in a folder, made once.
#
#   scripts/real_blender.sh                                   makes it, unless it is there
#   scripts/real_blender.sh run [--work FOLDER] -- COMMAND    runs COMMAND in it
#
# COMMAND sees the project at its own path, read only, and FOLDER at its own path, to write to; it starts
# there. Its folder for temporary files is empty and its own, with HOME in it. There is no network. Nothing that
# COMMAND starts survives it, and any number of commands may run at a time.
# The folder: ${SOLILOQUY_CACHE:-${XDG_CACHE_HOME:-~/.cache}/soliloquy}/blender-5.2, about 1.5 GB. The mirror is
# the one that apt uses; SOLILOQUY_DEBIAN_MIRROR names another.
# Exit status 77, after one line: it cannot be set up on this machine.
set -euo pipefail

PROJECT=$(cd "$(dirname "$0")/.." && pwd -P)
CACHE=${SOLILOQUY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/soliloquy}
FOLDER=$CACHE/blender-5.2
PART=$CACHE/blender-5.2.part
LOCK=$CACHE/blender-5.2.lock
LOG=$CACHE/blender-5.2.log
# Blender, the Python modules that Debian's package forgets, and what draws, sees and clicks a window.
PACKAGES="blender python3-numpy python3-cattr python3-requests python3-zstandard ca-certificates
xvfb xauth libgl1-mesa-dri libegl1 libegl-mesa0 imagemagick x11-apps xdotool"
# A folder made from other words than these is made again.
WORDS="2 $PACKAGES"

not_set_up() {
    echo "real Blender is not set up: $1" >&2
    exit 77
}

is_ready() {
    [ "$(cat "$FOLDER/.soliloquy" 2>/dev/null)" = "$WORDS" ]
}

# Deletes a folder, never what is mounted in it.
delete() {
    [ -e "$1" ] || return 0
    if grep -qF " $1/" /proc/self/mountinfo; then
        not_set_up "something is mounted in $1; unmount it"
    fi
    rm -rf --one-file-system "$1"
}

# Where apt's own sources say that a Debian archive is; nothing when apt has not fetched its lists yet.
mirror() {
    if [ -n "${SOLILOQUY_DEBIAN_MIRROR:-}" ]; then
        echo "$SOLILOQUY_DEBIAN_MIRROR"
        return
    fi
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
        awk '$2 == "Debian" && $3 !~ /security|backports/ { print $1; exit }'
}

set_up() {
    [ "$(id -u)" -eq 0 ] || not_set_up "only root can (run it as root)"
    command -v apt-get >/dev/null || not_set_up "this system has no apt-get"
    unshare --mount --pid --fork true 2>/dev/null || not_set_up "this machine lets nobody mount (unshare failed)"
    mkdir -p "$CACHE"
    exec 8>"$LOCK"
    flock 8
    is_ready && return

    local started=$SECONDS
    if ! command -v debootstrap >/dev/null; then
        echo "Installing debootstrap"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap; } \
            >"$LOG" 2>&1 || not_set_up "apt-get cannot install debootstrap, see $LOG"
    fi
    local from
    from=$(mirror)
    [ -n "$from" ] || { apt-get update -qq >"$LOG" 2>&1 && from=$(mirror); } || true
    [ -n "$from" ] || not_set_up "apt's sources name no Debian archive (SOLILOQUY_DEBIAN_MIRROR can)"
    echo "Setting up a real Blender in $FOLDER"
    delete "$PART"
    # In a mount namespace of its own: whatever is mounted meanwhile is gone with the process, also when killed.
    if ! PACKAGES=$PACKAGES unshare --mount --pid --fork --kill-child bash -euo pipefail -s "$PART" "$from" \
        >"$LOG" 2>&1 <<'INSIDE'; then
part=$1 from=$2
# What reads standard input would read the rest of this script.
debootstrap --variant=minbase --include=ca-certificates sid "$part" "$from" </dev/null
[ ! -e /etc/hosts ] || cp -L /etc/hosts "$part/etc/hosts"
mountpoint -q "$part/proc" || mount -t proc proc "$part/proc"
mount --rbind /dev "$part/dev"
proxy=$(apt-config shell proxy Acquire::http::Proxy)
eval "$proxy"
[ -z "${proxy:-}" ] || export http_proxy=$proxy
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# No service is to start, and only the files that are used are kept.
printf '#!/bin/sh\nexit 101\n' >"$part/usr/sbin/policy-rc.d"
chmod 755 "$part/usr/sbin/policy-rc.d"
printf 'path-exclude=/usr/share/%s/*\n' doc man info locale >"$part/etc/dpkg/dpkg.cfg.d/slim"
# A mirror may be a copy of some weeks ago, past the date its list names; the signatures are checked all the same.
chroot "$part" apt-get update -qq -o Acquire::Check-Valid-Until=false </dev/null
# shellcheck disable=SC2086
chroot "$part" apt-get install -y -qq --no-install-recommends $PACKAGES </dev/null
chroot "$part" apt-get clean </dev/null
rm -rf "$part"/var/lib/apt/lists/*
ln -sfn ../proc/self/mounts "$part/etc/mtab"  # Blender reads it
chroot "$part" blender -b --version </dev/null
INSIDE
        delete "$PART"
        not_set_up "$(grep -E '^(E|W|I): .*(fail|unable|couldn|error|invalid|no such|not )' -i "$LOG" | tail -1 | cut -c1-200 || true) (all of it: $LOG)"
    fi
    grep -q '^Blender [0-9]' "$LOG" || not_set_up "the Blender in $PART does not start, see $LOG"
    echo "$WORDS" >"$PART/.soliloquy"
    delete "$FOLDER"
    mv "$PART" "$FOLDER"
    echo "$(grep -m1 '^Blender' "$LOG"), set up in $((SECONDS - started)) s, $(du -sm "$FOLDER" | cut -f1) MB"
}

run() {
    local work=$PWD
    if [ "${1:-}" = --work ]; then
        work=$2
        shift 2
    fi
    [ "${1:-}" = -- ] && shift
    [ $# -gt 0 ] || { echo "usage: $0 run [--work FOLDER] -- COMMAND" >&2; exit 2; }
    # In a shell of its own, which gives the lock back when it ends.
    is_ready || (set_up) >&2
    [ "$(id -u)" -eq 0 ] || not_set_up "only root can run it"
    mkdir -p "$work"
    work=$(cd "$work" && pwd -P)
    # Shared: nobody makes the folder again while a command runs in it.
    exec 9>"$LOCK"
    flock -s 9
    exec unshare --mount --pid --net --fork --kill-child bash -euo pipefail -c '
        root=$1 project=$2 work=$3
        shift 3
        mount -t tmpfs tmpfs "$root/tmp"
        mkdir -p "$root$project" "$root$work"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount --bind "$project" "$root$project"
        mount -o remount,bind,ro "$root$project"
        mkdir -p "$root$work"
        mount --bind "$work" "$root$work"
        ip link set lo up 2>/dev/null || true
        # Process 1 of its namespace is deaf to signals without a trap; when it ends, all end.
        trap "exit 130" INT
        trap "exit 143" TERM HUP
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
            TERM="${TERM:-dumb}" LIBGL_ALWAYS_SOFTWARE=1 \
            chroot "$root" sh -c '\''HOME=$(mktemp -d) && export HOME && cd "$1" && shift && exec "$@"'\'' sh "$work" "$@" <&0 &
        wait $!
    ' bash "$FOLDER" "$PROJECT" "$work" "$@"
}

case ${1:-} in
    "") is_ready || set_up ;;
    run) shift && run "$@" ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
