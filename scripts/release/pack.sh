#!/usr/bin/env bash
# Packs an executable for a release: mdp-VERSION-PLATFORM.tar.gz and its SHA-256, in dist/ or the folder MDP_DIST.
#
#   scripts/release/pack.sh                             ./mdp, for this machine
#   scripts/release/pack.sh darwin-arm64 EXECUTABLE     another platform's executable
set -euo pipefail
. "$(dirname "$0")/../lib/common.sh"

platform=${1:-$(platform)}
executable=${2:-$root/mdp}
[ -f "$executable" ] || fail "$executable is missing" "scripts/build.sh"
version=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' "$root/package.json")
name="mdp-$version-$platform"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dist=${MDP_DIST:-$root/dist}
mkdir -p "$work/$name/licenses" "$dist"
cp "$executable" "$work/$name/mdp"
chmod 755 "$work/$name/mdp"
cp "$root/LICENSE" "$work/$name/"
# What is inside the executable keeps its own licences.
cp "$root"/.mlx/licenses/* "$work/$name/licenses/"
cp "$root"/scripts/release/licenses/* "$work/$name/licenses/"
(cd "$root/node_modules" && find . -maxdepth 3 -type f \( -iname 'licen[sc]e*' -o -iname 'notice*' \) ! -name '*.js') |
  sed 's|^\./||' | while read -r file; do
  cp "$root/node_modules/$file" "$work/$name/licenses/$(printf '%s' "$file" | tr / -)"
done

# Apple's tar would add files with its extended attributes.
export COPYFILE_DISABLE=1
tar -C "$work" -czf "$dist/$name.tar.gz" "$name"
(cd "$dist" && printf '%s  %s\n' "$(sha256_of "$name.tar.gz")" "$name.tar.gz" >"$name.tar.gz.sha256")
say "$dist/$name.tar.gz"
