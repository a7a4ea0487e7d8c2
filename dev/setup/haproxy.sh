# HAProxy of several versions side by side, each with the libraries of its own suite. Read by ../setup.sh.

versions_file="$here/haproxy-versions.json"

wanted_versions() { node -p 'Object.keys(require(process.argv[1])).join("\n")' "$versions_file"; }
suites_of() { node -p '(require(process.argv[1])[process.argv[2]]?.suites ?? []).join("\n")' "$versions_file" "$1"; }

# haproxy_version BINARY: prints it, or nothing when the binary does not run.
haproxy_version() { sed -n '1s/^HAProxy version \([^ ]*\).*/\1/p' <<<"$("$1" -v 2>/dev/null)"; }
haproxy_works() { [[ -x $1 && $(haproxy_version "$1") == "$2."* ]]; }

# write_wrapper FOLDER FINAL-FOLDER: `haproxy` in it runs with the loader and libraries of that folder, none of the host's.
write_wrapper() {
  local loader libs
  loader=$(cd "$1" && find . -name 'ld-linux*.so.*' \( -type f -o -type l \) -path '*-linux-gnu/*' | head -n 1)
  libs=$(cd "$1" && find lib/*-linux-gnu usr/lib/*-linux-gnu -maxdepth 0 -printf "$2/%p:" 2>/dev/null || true)
  # --argv0: a master executes its argv[0] again at every reload, and that has to be this wrapper, not the loader.
  cat >"$1/haproxy" <<WRAPPER
#!/bin/sh
exec '$2/${loader#./}' --argv0 '$2/haproxy' --library-path '${libs%:}' '$2/usr/sbin/haproxy' "\$@"
WRAPPER
  chmod +x "$1/haproxy"
}

# unpack_rows FOLDER: reads rows of index_rows, fetches up to six packages at a time, unpacks them all.
unpack_rows() {
  local folder=$1 name version file sum deb jobs=()
  local list="$folder.debs"
  : >"$list"
  while read -r name version file sum; do
    (deb=$(fetch_deb "$file" "$sum") && printf '%s\n' "$deb" >>"$list") &
    jobs+=($!)
    [ ${#jobs[@]} -lt 6 ] || { wait "${jobs[0]}" || return 1; jobs=("${jobs[@]:1}"); }
  done
  for job in "${jobs[@]}"; do wait "$job" || return 1; done
  while read -r deb; do dpkg-deb -x "$deb" "$folder" || return 1; done <"$list"
  rm -f "$list"
}

# install_from SUITE VERSION FOLDER: fails without a word when the suite carries another version.
install_from() {
  local index rows temp="$3.new.$$"
  index=$(suite_index "$1") || return 1
  rows=$(index_rows "$index" haproxy)
  [[ $rows == "haproxy $2."* ]] || return 1
  rm -rf "$temp"
  mkdir -p "$temp"
  if unpack_rows "$temp" <<<"$rows" && write_wrapper "$temp" "$3"; then
    rm -rf "$3"
    mv "$temp" "$3"
    haproxy_works "$3/haproxy" "$2" && return 0
    rm -rf "$3"
  fi
  rm -rf "$temp" "$temp.debs"
  return 1
}

install_haproxy() { # install_haproxy VERSION
  local version=$1 folder="$cache/haproxy/$1" suite
  (
    flock 9
    haproxy_works "$folder/haproxy" "$version" && exit 0
    for suite in $(suites_of "$version"); do
      install_from "$suite" "$version" "$folder" || continue
      note "HAProxy $version: $(haproxy_version "$folder/haproxy") from Debian $suite"
      exit 0
    done
    exit 1
  ) 9>"$cache/haproxy/$version.lock"
}

# fall_back_to_system REASON: one HAProxy of whatever version the system brings is better than none.
fall_back_to_system() {
  if ! PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v haproxy >/dev/null && command -v apt-get >/dev/null; then retry apt_install haproxy || true; fi
  local found
  found=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v haproxy) ||
    die "$1, and there is no haproxy on PATH." "Install HAProxy, or set HAFLEET_DEBIAN_MIRROR to a Debian mirror, then run this again."
  note "$1; tests then use what is there: $found ($(haproxy_version "$found"))"
}

install_haproxies() {
  local version missing=() failed=() pids=()
  mkdir -p "$cache/haproxy" "$cache/debian"
  for version in "$@"; do
    [ -n "$(suites_of "$version")" ] || die "HAProxy $version is not in dev/haproxy-versions.json." "Choose of: $(wanted_versions | paste -sd' ')"
    haproxy_works "$cache/haproxy/$version/haproxy" "$version" || missing+=("$version")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  mirror=$(debian_mirror)
  if [ -z "$mirror" ] || ! { install_tools && arch=$(dpkg --print-architecture 2>/dev/null); }; then
    fall_back_to_system "apt's sources name no Debian archive"
    return
  fi
  for version in "${missing[@]}"; do
    install_haproxy "$version" &
    pids+=($!)
  done
  for version in "${missing[@]}"; do
    wait "${pids[0]}" || failed+=("$version")
    pids=("${pids[@]:1}")
  done
  [ ${#failed[@]} -eq 0 ] || fall_back_to_system "HAProxy ${failed[*]} could not be had from $mirror"
}
