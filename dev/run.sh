#!/usr/bin/env bash
# Runs one program of the harness from a fresh checkout: installs what is missing, builds, starts it.
# Usage: dev/run.sh demo|dev [ARG ...]     dev/NAME.main.ts
#        dev/run.sh bench [NAME] [ARG ...]  bench/NAME.main.ts; without a name it lists them
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

list_benches() {
  local file found=0
  for file in bench/*.main.ts; do
    [ -e "$file" ] || continue
    found=1
    file=${file##*/}
    printf 'npm run bench -- %s\n' "${file%.main.ts}"
  done
  [ "$found" = 1 ] || echo 'There is no benchmark in bench/.'
}

program=${1:?which program? demo, dev or bench NAME}
shift
folder=dev
if [ "$program" = bench ]; then
  [ $# -gt 0 ] || { list_benches; exit 0; }
  folder=bench program=$1
  shift
fi
if [ ! -e "$folder/$program.main.ts" ]; then
  echo "run: there is no $folder/$program.main.ts" >&2
  exit 64
fi
bash dev/setup.sh
bash dev/build.sh
exec node "dist/$folder/$program.js" "$@"
