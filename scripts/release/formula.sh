#!/usr/bin/env bash
# Fills the Homebrew formula from the packed archives in dist/, or the folder MDP_DIST: mdp.rb beside them.
#
#   scripts/release/formula.sh REPOSITORY-URL
#
# The archives are expected at REPOSITORY-URL/releases/download/vVERSION/, where the release workflow puts them.
set -euo pipefail
. "$(dirname "$0")/../lib/common.sh"

repository=${1:-}
dist=${MDP_DIST:-$root/dist}
case "$repository" in
  https://*) repository=${repository%/} ;;
  *) fail "the address of the repository is missing" "scripts/release/formula.sh https://github.com/OWNER/mdp" ;;
esac
version=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' "$root/package.json")

formula=$(sed -e "s|@HOMEPAGE@|$repository|" -e "s|@VERSION@|$version|" "$root/scripts/release/mdp.rb.in")
for platform in darwin-arm64 linux-x64; do
  archive="$dist/mdp-$version-$platform.tar.gz"
  [ -f "$archive" ] || fail "$archive is missing" "scripts/release/pack.sh $platform EXECUTABLE"
  field=$(printf '%s' "$platform" | tr 'a-z-' 'A-Z_')
  formula=$(printf '%s\n' "$formula" | sed \
    -e "s|@URL_$field@|$repository/releases/download/v$version/$(basename "$archive")|" \
    -e "s|@SHA256_$field@|$(sha256_of "$archive")|")
done
if printf '%s' "$formula" | grep -n '@[A-Z0-9_]*@' >&2; then
  fail "the formula has fields that nothing fills" "give scripts/release/formula.sh a value for each of the above"
fi
printf '%s\n' "$formula" >"$dist/mdp.rb"
say "$dist/mdp.rb"
