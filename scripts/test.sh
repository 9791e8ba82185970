#!/usr/bin/env bash
# Sets up, checks style and types, builds both executables, runs every test. The last line is Bun's own count.
#
#   scripts/test.sh            everything
#   scripts/test.sh --peers    first makes the reference values in fixtures/golden again (scripts/golden.sh)
#   scripts/test.sh PATH...    the same checks and builds, then only the tests at these paths
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
cd "$root"

peers=--peers-light
if [ "${1:-}" = --peers ]; then
  peers=--peers
  shift
fi
scripts/setup.sh "$peers" --cross
bun=$(find_bun)
PATH="$(dirname "$bun"):$PATH"
export PATH

[ "$peers" != --peers ] || scripts/golden.sh

say "checking style"
"$bun" node_modules/.bin/biome check .
say "checking types"
"$bun" node_modules/.bin/tsc --noEmit

say "building ./mdp"
scripts/build.sh
if [ "$(platform)" != darwin-arm64 ]; then
  say "building dist/mdp-darwin-arm64"
  scripts/build.sh --target darwin-arm64
fi

# One thread in each product of matrices, here and in the peers: by several the last bits depend on the machine's cores.
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"

say "running the tests"
# The limit of a test: several start child processes, build indices or load the model.
exec "$bun" test --timeout 300000 "$@"
