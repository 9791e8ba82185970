# Pins of MLX and mlx-c, and where their parts come from. Sourced by the scripts that build libmlxc.
# Change the versions together with ffi/symbols: mlx-c changes signatures between minor versions.

mlx_version=0.32.2
mlxc_version=0.7.0

wheel_cpu_sha256=fc5d31b90fc4f457b2f9614ed45651a567d22a6a11a03d114a90a4e10bdd8878
wheel_cuda_sha256=35445ead9724855826f310b9085d57137d0a2c5381cc293cb6d86b03bb4feadf
wheel_metal_sha256=3825fff379dbc107dd3413e564a06caeaa24819910ec49c0439e454c06a1b9b8
crate_sha256=da965f83ce211b80f9b681d9bbd6fa625fe6bb2e659ba7bc55dd95eea8d3b028
archive_sha256=ee726bb38e191bb3c516a6bae47dc8abad9e5f273873385839019ce46bfceab5

metal_tag=macosx_14_0_arm64
cpu_tag=manylinux_2_35_x86_64

# Raised when a script changes what it installs without a change of versions.
recipe=2

# is_current FOLDER VARIANT: whether FOLDER holds what these pins would install again.
is_current() { [ -f "$1/stamp" ] && [ "$(cat "$1/stamp")" = "$(stamp_of "$2")" ]; }

stamp_of() { echo "mlx-c $mlxc_version, MLX $mlx_version, $1, recipe $recipe"; }

# fetch_mlxc_source FOLDER: the source of mlx-c, with its CMakeLists.txt at FOLDER.
# It comes with the Rust crate mlx-sys; without cargo, the release archive of mlx-c itself is the same source.
fetch_mlxc_source() {
  mkdir -p "$1"
  if have cargo && source_from_crate "$1"; then return; fi
  if source_from_archive "$1"; then return; fi
  if ! have cargo && have apt-get; then
    install_packages cargo
    if source_from_crate "$1"; then return; fi
  fi
  fail "the source of mlx-c $mlxc_version could not be downloaded" \
    "install cargo, check the network, then run scripts/build-mlx-c.sh again"
}

source_from_crate() {
  local manifest crate
  manifest=$(mktemp -d)
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\nmlx-sys = "=%s"\n' \
    "$mlxc_version" >"$manifest/Cargo.toml"
  : >"$manifest/lib.rs"
  # Cargo before 1.68 knows the quick index only as an unstable feature; newer ones need no switch. An old cargo may
  # stop at a dependency that it cannot read: only the one crate is of interest.
  (cd "$manifest" && cargo fetch --quiet >/dev/null 2>&1) ||
    (cd "$manifest" && RUSTC_BOOTSTRAP=1 cargo -Z sparse-registry fetch --quiet >/dev/null 2>&1) || true
  rm -rf "$manifest"
  for crate in "${CARGO_HOME:-$HOME/.cargo}"/registry/cache/*/mlx-sys-"$mlxc_version".crate; do
    [ -f "$crate" ] || return 1
    check_sha256 "$crate" "$crate_sha256"
    tar -xzf "$crate" -C "$1" --strip-components=3 "mlx-sys-$mlxc_version/src/mlx-c"
    return
  done
}

source_from_archive() {
  local file
  have curl || return 1
  file=$(mktemp)
  if ! curl -fsL --retry 2 --connect-timeout 15 -o "$file" \
    "https://github.com/ml-explore/mlx-c/archive/refs/tags/v$mlxc_version.tar.gz"; then
    rm -f "$file"
    return 1
  fi
  check_sha256 "$file" "$archive_sha256"
  tar -xzf "$file" -C "$1" --strip-components=1 || fail "the source of mlx-c could not be unpacked into $1" "make room there"
  rm -f "$file"
}
