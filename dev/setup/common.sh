# Words to the person at the terminal, and what apt has to bring. Read by ../setup.sh.

note() { printf 'setup: %s\n' "$*" >&2; }

# die WHAT-HAPPENED NEXT-STEP
die() {
  printf 'setup: %s\n  next: %s\n' "$1" "$2" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# retry COMMAND...: up to three times.
retry() {
  "$@" || { sleep 1 && "$@"; } || { sleep 2 && "$@"; }
}

apt_install() {
  note "installing with apt: $*"
  {
    as_root apt-get update -qq &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >/dev/null
}

# Only what is missing; a name pair is COMMAND:PACKAGE.
install_tools() {
  local missing=() pair
  for pair in curl:curl gpgv:gpgv xz:xz-utils flock:util-linux dpkg-deb:dpkg openssl:openssl; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null ||
    die "These tools are missing: ${missing[*]}" "Install them with your package manager, then run this again."
  retry apt_install "${missing[@]}" || die "apt could not install: ${missing[*]}" "Look at the lines above, then run this again."
}
