#!/usr/bin/env bash
# Stands beside one sandbox, outlives whoever made it, and leaves nothing behind: when the pipe on its standard input ends
# (closed in peace, or its owner was killed with -9) it kills every process of the sandbox and removes its folder.
# A process belongs to the sandbox when its environment says so: that also catches grandchildren, workers of a daemon
# and programs that made themselves a session of their own, which process groups do not.
# Prints `BLOCK FOLDER`, then waits. Usage: guard.sh FOLDER-PREFIX [keep]
set -u
prefix=$1 keep=${2:-}
locks=/tmp/hafleet-loopback

# The block (127.BLOCK.0.0/16) is ours as long as this process holds the lock, so it is free again only when all that
# listened there is gone. Opened for reading: in a sticky folder nobody may open another user's file to write.
take_block() {
  local try start=$((RANDOM % 240))
  (umask 0 && mkdir -p -m 1777 "$locks") 2>/dev/null
  for ((try = 0; try < 240; try++)); do
    block=$((10 + (start + try) % 240))
    [ -e "$locks/$block" ] || (umask 0 && : >"$locks/$block") 2>/dev/null
    exec 9<"$locks/$block" || continue
    flock -n 9 && return 0
  done
  echo "guard: all 240 loopback blocks are in use" >&2
  return 1
}

processes() { grep -lzxF "HAFLEET_SANDBOX=$folder" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }

end_processes() {
  local try pids
  for ((try = 0; try < 200; try++)); do
    pids=$(processes)
    [ -n "$pids" ] || return 0
    # shellcheck disable=SC2086
    kill -KILL $pids 2>/dev/null
    sleep 0.02
  done
}

take_block || exit 1
folder=$(mktemp -d "$prefix-XXXXXX") || exit 1
printf '%s %s\n' "$block" "$folder"
trap '' INT TERM HUP PIPE
cat >/dev/null
end_processes
[ -n "$keep" ] || rm -rf "$folder"
