#!/usr/bin/env bash
# The whole suite from a fresh checkout: installs what is missing, builds, checks types, lint and format, then runs every unit
# and end-to-end test against real HAProxy. Arguments go to vitest (a file name, `--project unit`, `-t NAME`).
# Its last line is `N passed, N failed`. Exit 0 only when every check is clean, tests did run and none failed.
#   HAFLEET_HAPROXY   versions to test against: all (default: all that could be installed), or a list such as 2.6,3.2
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

bash dev/setup.sh && bash dev/build.sh || exit 1
# Without it one test fails and says so; the others are worth running.
bash dev/setup.sh promtool || true

status=0
for check in types lint format; do
  npm run --silent "$check" || { echo "test: npm run $check failed" >&2; status=1; }
done

report=$(mktemp)
trap 'rm -f "$report"' EXIT
npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || status=1
node dev/setup/print-counts.mjs "$report" || status=1
exit "$status"
