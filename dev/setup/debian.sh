# Packages of any Debian suite, unpacked without apt: the address comes from apt's own sources, the suite's index is
# checked against its signed Release file, every package against the index. Read by ../setup.sh.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Prints the first Debian archive that apt knows, from one-line (.list) and deb822 (.sources) files alike.
debian_mirror() {
  if [ -n "${HAFLEET_DEBIAN_MIRROR:-}" ]; then
    printf '%s\n' "${HAFLEET_DEBIAN_MIRROR%/}"
    return
  fi
  local apt=${APT_FOLDER:-/etc/apt}
  # Cloud images name their mirror one file further on (mirror+file:). Comments may name snapshot archives, and -security
  # carries no whole suite: neither may win.
  { cat "$apt"/sources.list "$apt"/sources.list.d/*.{list,sources} "$apt"/mirrors/*.list 2>/dev/null || true; } |
    sed -nE '/^[[:space:]]*#/d; s#.*(https?://[^][:space:]]+/debian)/?([[:space:]].*)?$#\1#p' | sed -n 1p
}

# fetch URL FILE: whole or not at all, and three tries, since a mirror drops a connection now and then.
fetch() {
  retry fetch_once "$@" && return 0
  note "$fetch_error ($1)"
  return 1
}

fetch_once() {
  local part="$2.part.$BASHPID"
  fetch_error=$(curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 20 -o "$part" "$1" 2>&1) && mv "$part" "$2" && return 0
  rm -f "$part"
  return 1
}

sha256_is() { [ -s "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status; }

# read_signed RELEASE: prints what the archive signed of it, and nothing that stands around that. The archive is often
# plain http: without the signature anybody on the way could hand us a program.
read_signed() {
  if ! command -v gpgv >/dev/null || [ ! -r "$keyring" ]; then
    note "cannot check the archive's signature: no gpgv or no $keyring"
    cat "$1"
    return
  fi
  local status text="$1.signed.$BASHPID"
  # A Release is signed with several keys, some newer than this host's keyring: one good signature and no bad one.
  status=$(gpgv --status-fd 1 --keyring "$keyring" --output "$text" "$1" 2>/dev/null || true)
  if grep -q '^\[GNUPG:\] GOODSIG ' <<<"$status" && ! grep -q '^\[GNUPG:\] BADSIG ' <<<"$status"; then cat "$text"; fi
  rm -f "$text"
}

# suite_index SUITE: prints the path of the suite's package list, fetched when the archive has a newer one.
suite_index() {
  local base="$mirror/dists/$1" release="$cache/debian/$1.InRelease" list="main/binary-$arch/Packages.xz" sum
  fetch "$base/InRelease" "$release" || return 1
  sum=$(read_signed "$release" | awk -v list="$list" '/^SHA256:/ { on = 1; next } /^[^ ]/ { on = 0 } on && $3 == list { print $1 }')
  [ -n "$sum" ] || { note "$base/InRelease has no good signature, or no $list"; return 1; }
  local index="$cache/debian/$sum.xz"
  if ! sha256_is "$index" "$sum"; then
    # By hash, so that an archive that is just being updated does not hand out the next list.
    fetch "$base/${list%/*}/by-hash/SHA256/$sum" "$index" || return 1
    sha256_is "$index" "$sum" || { rm -f "$index"; return 1; }
  fi
  printf '%s\n' "$index"
}

# index_rows INDEX PACKAGE: PACKAGE and every library it needs, one `name version file sha256` a line.
# Only libraries are followed: adduser, debconf and the like matter to an installation, not to a run.
index_rows() {
  xz -dc "$1" | awk -v want="$2" '
    function flush() { if (name != "" && !(name in file)) { version[name] = v; file[name] = f; sum[name] = s; needs[name] = d } name = v = f = s = d = "" }
    /^Package: / { flush(); name = $2 }
    /^Version: / { v = $2 }
    /^Filename: / { f = $2 }
    /^SHA256: / { s = $2 }
    /^(Pre-)?Depends: / { sub(/^[^:]*: /, ""); d = d "," $0 }
    END {
      flush(); queue[n = 1] = want
      for (i = 1; i <= n; i++) {
        package = queue[i]
        if (package in seen || !(package in file)) continue
        seen[package] = 1
        print package, version[package], file[package], sum[package]
        count = split(needs[package], parts, /[,|]/)
        for (j = 1; j <= count; j++) {
          gsub(/\([^)]*\)|:any|[[:space:]]/, "", parts[j])
          if (parts[j] ~ /^(lib|zlib1g)/) queue[++n] = parts[j]
        }
      }
    }'
}

# fetch_deb FILE SHA256: prints the path of the checked package; packages are kept, since moving suites drop old ones.
fetch_deb() {
  local deb="$cache/debian/${1##*/}"
  if ! sha256_is "$deb" "$2"; then
    fetch "$mirror/$1" "$deb" || return 1
    sha256_is "$deb" "$2" || { rm -f "$deb"; note "wrong checksum: $mirror/$1"; return 1; }
  fi
  printf '%s\n' "$deb"
}
