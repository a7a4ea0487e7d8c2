#!/usr/bin/env bash
# Installs what a benchmark compares with, where it is missing. Usage: tools.sh COMMAND:PACKAGE...  (Debian packages)
set -euo pipefail
# shellcheck source=../../dev/setup/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../dev/setup/common.sh"
missing=()
for pair in "$@"; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || die "The benchmark compares with: ${missing[*]}" "Install them with your package manager, then run this again."
retry apt_install "${missing[@]}" || die "apt could not install: ${missing[*]}" "Look at the lines above, then run this again."
