#!/usr/bin/env bash
# Installs what a fresh checkout lacks: npm packages, a few Debian tools, and the HAProxy versions the tests run against.
# Usage: dev/setup.sh [VERSION ...]      (default: every version of dev/haproxy-versions.json)
#        dev/setup.sh promtool           (Prometheus' own checker, which the tests of /metrics ask)
# Says nothing and takes a moment when all is there. Safe to run twice at once, and to break off and run again.
#   HAFLEET_CACHE           where HAProxy is unpacked (default ~/.cache/hafleet); nothing is installed system-wide but the tools
#   HAFLEET_DEBIAN_MIRROR   a Debian mirror, where apt's own sources do not name one
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
cache=${HAFLEET_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hafleet}
mkdir -p "$cache"
# shellcheck source=setup/common.sh
. "$here/setup/common.sh"
# shellcheck source=setup/debian.sh
. "$here/setup/debian.sh"
# shellcheck source=setup/haproxy.sh
. "$here/setup/haproxy.sh"
# shellcheck source=setup/promtool.sh
. "$here/setup/promtool.sh"

install_npm_packages() {
  (
    flock 9
    node "$here/setup/npm-is-current.mjs" "$root" && exit 0
    note "npm packages: installing"
    cd "$root" && npm ci --no-fund --no-audit --loglevel=error >&2
  ) 9>"$cache/npm.lock"
}

main() {
  command -v node >/dev/null || die "Node is not installed." "Install Node 20.19 or newer with npm, then run this again."
  command -v flock >/dev/null || install_tools
  if [ "${1:-}" = promtool ]; then
    install_promtool
    return
  fi
  local versions=("$@")
  [ ${#versions[@]} -gt 0 ] || mapfile -t versions < <(wanted_versions)
  install_npm_packages
  install_haproxies "${versions[@]}"
}

main "$@"
