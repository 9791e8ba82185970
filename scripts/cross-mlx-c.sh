#!/usr/bin/env bash
# Builds libmlxc for macOS arm64 on Linux and puts it, with MLX's own libraries, into .mlx-darwin/{include,lib}.
# Does nothing when they are already there. On a Mac itself use scripts/build-mlx-c.sh.
#
#   scripts/cross-mlx-c.sh --check  exit 0 when .mlx-darwin holds what these pins install, 1 when it does not
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/mlx-c.sh"

target="$root/.mlx-darwin"
variant=metal-cross
case "${1:-}" in
  "") ;;
  --check) is_current "$target" "$variant"; exit ;;
  *) fail "unknown option $1" "scripts/cross-mlx-c.sh [--check]" ;;
esac
if is_current "$target" "$variant"; then
  say "MLX for macOS is already in .mlx-darwin ($(cat "$target/stamp"))"
  exit
fi
case "$(platform)" in
  linux-x64) ;;
  *) fail "the cross-build runs on Linux x64" "scripts/build-mlx-c.sh" ;;
esac

zig_version=0.17.0
zig_sha256=97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b

need_python
work=$(mktemp -d)
new="$target.new"
trap 'rm -rf "$work" "$new"' EXIT
rm -rf "$new"
mkdir -p "$new/lib" "$new/include" "$work/objects"

say "downloading the source of mlx-c $mlxc_version"
fetch_mlxc_source "$work/source"
say "downloading MLX $mlx_version for macOS and zig $zig_version as the cross-compiler"
fetch_wheel mlx-metal "$mlx_version" "$wheel_metal_sha256" "$work/wheel" "$metal_tag"
fetch_wheel ziglang "$zig_version" "$zig_sha256" "$work/zig" manylinux_2_12_x86_64
chmod +x "$work/zig/ziglang/zig"
export ZIG_GLOBAL_CACHE_DIR="$work/zig-cache" ZIG_LOCAL_CACHE_DIR="$work/zig-cache"

say "compiling mlx-c $mlxc_version for macOS (about two minutes on two cores)"
cxx="$work/zig/ziglang/zig c++ -target aarch64-macos.14.0"
sources=$(sed -n 's/^ *\${CMAKE_CURRENT_LIST_DIR}\/\(mlx\/c\/[a-z_]*\.cpp\).*/\1/p' "$work/source/CMakeLists.txt")
[ -n "$sources" ] || fail "CMakeLists.txt of mlx-c lists no sources in the form that this script reads"
compile() {
  # One process per core; each compiles one file.
  printf '%s\n' $sources | xargs -P "$(cores)" -I{} sh -c \
    "$cxx -std=c++20 -O3 -DNDEBUG -fPIC -include '$root/scripts/lib/darwin-headers.h' \
      -I'$work/source' -I'$work/wheel/mlx/include' -c '$work/source/{}' -o '$work/objects/'\$(basename {} .cpp).o"
}
quietly "the compilation of mlx-c for macOS" "scripts/cross-mlx-c.sh" compile

# The system's libc++, not zig's static one: exceptions that libmlx throws are caught only when both share it. Its
# symbols are looked up when the library loads, through libmlx, which links it.
quietly "the linking of libmlxc.dylib" "scripts/cross-mlx-c.sh" \
  $cxx -shared -nostdlib++ -Wl,-undefined,dynamic_lookup -Wl,-install_name,@rpath/libmlxc.dylib -Wl,-rpath,@loader_path \
  -o "$new/lib/libmlxc.dylib" "$work"/objects/*.o -L"$work/wheel/mlx/lib" -lmlx

cp "$work"/wheel/mlx/lib/*.dylib "$work/wheel/mlx/lib/mlx.metallib" "$new/lib/"
cp -R "$work/wheel/mlx/include/." "$new/include/"
(cd "$work/source" && find mlx -name '*.h' ! -path '*/private/*') | while read -r header; do
  mkdir -p "$new/include/$(dirname "$header")"
  cp "$work/source/$header" "$new/include/$header"
done
chmod 644 "$new"/lib/*
stamp_of "$variant" >"$new/stamp"
replace_folder "$new" "$target"
say "installed $(cat "$target/stamp") into .mlx-darwin"
