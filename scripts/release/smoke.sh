#!/usr/bin/env bash
# Runs an executable as a user would who has only that file: scripts/release/smoke.sh EXECUTABLE
set -euo pipefail
. "$(dirname "$0")/../lib/common.sh"

executable=${1:-$root/mdp}
[ -x "$executable" ] || fail "$executable is missing" "scripts/build.sh"
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
cp "$executable" "$away/mdp"
mkdir "$away/notes" "$away/home"
printf '# Refunds\n\nMoney is returned within fourteen days of a complaint.\n' >"$away/notes/refunds.md"
printf '# Harbour\n\nThe ferry leaves at nine every morning.\n' >"$away/notes/ferry.md"

cd "$away"
export HOME="$away/home" XDG_CACHE_HOME="$away/home/cache"
say "mdp doctor"
./mdp doctor
say "mdp ingest"
./mdp ingest notes
say "mdp search"
./mdp search --json "when will I be repaid" >hits.json
grep -q 'refunds.md' hits.json ||
  fail "the search did not find notes/refunds.md: $(cat hits.json)"
say "the executable works on its own"
