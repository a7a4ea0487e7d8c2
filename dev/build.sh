#!/usr/bin/env bash
# Builds dist/, one at a time: two builds at once would empty the folder under each other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec flock node_modules/.build.lock node build.mjs
