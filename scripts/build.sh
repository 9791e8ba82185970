#!/usr/bin/env bash
# Makes ./mdp for this machine, or dist/mdp-darwin-arm64: scripts/build.sh [--target darwin-arm64]
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
cd "$root"
bun=$(find_bun) || fail "Bun $bun_version is missing" "scripts/setup.sh"
[ -d node_modules ] || fail "the npm packages are missing" "scripts/setup.sh"
exec "$bun" scripts/build.ts "$@"
