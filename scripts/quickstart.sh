#!/usr/bin/env bash
# From a clean clone to the first answers: sets up, builds ./mdp, ingests fixtures/documents, asks three questions.
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
cd "$root"

scripts/setup.sh
if [ ! -x mdp ] || [ -n "$(find src ffi scripts bun.lock .mlx/stamp -newer mdp -print 2>/dev/null | head -n 1)" ]; then
  say "building ./mdp"
  scripts/build.sh
fi

# A project of its own, so that it can be thrown away: rm -rf .quickstart
project="$root/.quickstart"
rm -rf "$project/documents"
mkdir -p "$project"
cp -Rp fixtures/documents "$project/"
cd "$project"
say "mdp ingest documents   (in .quickstart, a copy of fixtures/documents)"
../mdp ingest --project . documents
for question in \
  "how do I get my money back" \
  "numbers look wrong when everything is covered in ice" \
  "who gets to see what my station records"; do
  say "mdp search --hybrid \"$question\""
  ../mdp search --project . --hybrid -k 3 "$question"
done
say "ask your own: ./mdp search --project .quickstart \"your question\""
