# promtool, which checks what we serve to Prometheus. Out of Debian's own package, unpacked, not installed. Read by ../setup.sh.

# The oldest suite that has one: what was linked there runs on every newer host.
promtool_suite=bookworm

promtool_works() { [ -x "$1" ] && "$1" --version >/dev/null 2>&1; }

# take_promtool FOLDER: fetches the package and keeps the one program of it that is wanted.
take_promtool() {
  local index row name version file sum deb temp="$1.new.$$"
  index=$(suite_index "$promtool_suite") || return 1
  row=$(index_rows "$index" prometheus | sed -n 1p)
  read -r name version file sum <<<"$row"
  [ "$name" = prometheus ] && deb=$(fetch_deb "$file" "$sum") || return 1
  rm -rf "$temp"
  mkdir -p "$temp" "$1"
  dpkg-deb -x "$deb" "$temp" && mv "$temp/usr/bin/promtool" "$1/promtool"
  rm -rf "$temp" "$deb"
  promtool_works "$1/promtool" || return 1
  note "promtool $version from Debian $promtool_suite"
}

install_promtool() {
  local folder="$cache/promtool"
  promtool_works "$folder/promtool" && return 0
  mkdir -p "$cache/debian"
  install_tools
  mirror=$(debian_mirror)
  arch=$(dpkg --print-architecture)
  (
    flock 9
    promtool_works "$folder/promtool" || take_promtool "$folder"
  ) 9>"$cache/promtool.lock" ||
    die "promtool could not be had from ${mirror:-apt, whose sources name no Debian archive}." \
      "Set HAFLEET_DEBIAN_MIRROR to a Debian mirror, then run this again."
}
