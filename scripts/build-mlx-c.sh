#!/usr/bin/env bash
# Installs MLX and its C API, pinned and checked, into .mlx/{include,lib}. Does nothing when they are already there.
#
#   scripts/build-mlx-c.sh          MLX for this machine: CPU with OpenBLAS on Linux x64, Metal on macOS arm64
#   scripts/build-mlx-c.sh --cuda   MLX for NVIDIA GPUs (CUDA 12), on Linux x64
#   scripts/build-mlx-c.sh --check  exit 0 when .mlx holds what these pins install, 1 when it does not
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/mlx-c.sh"

target="$root/.mlx"
case "$(platform)" in
  linux-x64) variant=cpu ;;
  darwin-arm64) variant=metal ;;
esac
case "${1:-}" in
  "") ;;
  --check) is_current "$target" "$variant" || is_current "$target" cuda; exit ;;
  --cuda)
    [ "$variant" = cpu ] || fail "CUDA is for Linux" "scripts/build-mlx-c.sh"
    variant=cuda
    ;;
  *) fail "unknown option $1" "scripts/build-mlx-c.sh [--cuda|--check]" ;;
esac
if is_current "$target" "$variant"; then
  say "MLX is already in .mlx ($(cat "$target/stamp"))"
  exit
fi

need_python
need_build_tools
work=$(mktemp -d)
new="$target.new"
trap 'rm -rf "$work" "$new"' EXIT
rm -rf "$new"
mkdir -p "$new/lib" "$new/include"

# compile CMAKE-OPTION...: libmlxc against the wheel in $work/wheel, installed into $work/install.
compile() {
  quietly "the configuration of mlx-c" "scripts/build-mlx-c.sh" \
    cmake -S "$work/source" -B "$work/build" -G Ninja -Wno-dev \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DMLX_C_BUILD_EXAMPLES=OFF -DMLX_C_USE_SYSTEM_MLX=ON \
    -DMLX_DIR="$work/wheel/mlx/share/cmake/MLX" \
    -DCMAKE_INSTALL_PREFIX="$work/install" -DCMAKE_INSTALL_LIBDIR=lib "$@"
  quietly "the compilation of mlx-c" "scripts/build-mlx-c.sh" cmake --build "$work/build"
  quietly "the installation of mlx-c" "scripts/build-mlx-c.sh" cmake --install "$work/build" --strip
  cp -R "$work/wheel/mlx/include/." "$new/include/"
  cp -R "$work/install/include/." "$new/include/"
  keep_licence mlx "$work"/wheel/*.dist-info/licenses/LICENSE
  keep_licence mlx-c "$work/source/LICENSE"
}

# keep_licence NAME FILE: releases pass these on with the libraries.
keep_licence() {
  mkdir -p "$new/licenses"
  cp -L "$2" "$new/licenses/$1-LICENSE"
}

build_linux() {
  local glibc options openblas library name
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
  [ "$(printf '2.35\n%s\n' "${glibc:-0}" | sort -V | head -n 1)" = 2.35 ] ||
    fail "MLX needs glibc 2.35 or later, this system has ${glibc:-another C library}" "use Debian 12, Ubuntu 22.04 or later"

  say "downloading MLX $mlx_version"
  fetch_wheel mlx-cpu "$mlx_version" "$wheel_cpu_sha256" "$work/wheel" "$cpu_tag"
  options=""
  if ! has_std_format; then
    install_fmt
    cp "$root/scripts/lib/std-format.h" "$work/std-format.h"
    options="-DCMAKE_CXX_FLAGS=-include $work/std-format.h"
  fi
  say "compiling mlx-c $mlxc_version (about a minute on two cores)"
  compile "-DCMAKE_INSTALL_RPATH=\$ORIGIN" ${options:+"$options"}
  cp "$work/install/lib/libmlxc.so" "$new/lib/"

  # The C API is the same for both: only the MLX below it differs.
  if [ "$variant" = cuda ]; then add_cuda; else cp "$work/wheel/mlx/lib/libmlx.so" "$new/lib/"; fi

  # The wheel brings the reference BLAS, forty times slower than OpenBLAS. What OpenBLAS needs comes along, so that
  # .mlx/lib works wherever it is copied.
  openblas=$(find_openblas)
  cp -L "$openblas" "$new/lib/libopenblas.so.0"
  keep_licence openblas /usr/share/doc/libopenblas0-pthread/copyright
  ldd "$openblas" | sed -n 's/.*=> \(.*\/lib\(gfortran\|quadmath\)\.so\.[0-9]*\) .*/\1/p' | while read -r library; do
    cp -L "$library" "$new/lib/"
    name=$(basename "${library%%.so*}")
    keep_licence "$name" "$(echo /usr/share/doc/"$name"[0-9]*/copyright)"
  done
  for library in libblas-bd8a282c.so.3.10.0 liblapack-86b2c207.so.3.10.0; do
    patchelf --replace-needed "$library" libopenblas.so.0 "$new/lib/libmlx.so"
  done
  for library in "$new"/lib/*.so*; do
    chmod 644 "$library"
    [ "$(basename "$library")" = libmlxc.so ] || patchelf --set-rpath "${rpath:-\$ORIGIN}" "$library"
  done
}

install_fmt() {
  [ -e /usr/include/fmt/format.h ] || install_packages libfmt-dev
}

# NVIDIA's libraries are taken from PyPI as MLX's own CUDA wheel asks for them; the driver is the machine's.
add_cuda() {
  local name
  say "downloading MLX $mlx_version for CUDA 12 and NVIDIA's libraries (about 2 GB)"
  fetch_wheel mlx-cuda-12 "$mlx_version" "$wheel_cuda_sha256" "$work/cuda" "$cpu_tag"
  quietly "the download of NVIDIA's libraries" "check the network, then run the script again" \
    "$(find_python)" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --target "$work/cuda-libs" \
    "nvidia-cudnn-cu12==9.*" nvidia-nccl-cu12 "nvidia-cublas-cu12==12.9.*" "nvidia-cufft-cu12==11.4.*" "nvidia-cuda-nvrtc-cu12==12.9.*"
  cp -R "$work/cuda/mlx/include/." "$new/include/"
  cp "$work/cuda/mlx/lib/libmlx.so" "$new/lib/"
  cp -R "$work/cuda-libs/nvidia" "$new/nvidia"
  rpath="\$ORIGIN"
  for name in cublas cuda_nvrtc cudnn cufft nccl; do rpath="$rpath:\$ORIGIN/../nvidia/$name/lib"; done
}

build_darwin() {
  say "downloading MLX $mlx_version"
  fetch_wheel mlx-metal "$mlx_version" "$wheel_metal_sha256" "$work/wheel" "$metal_tag"
  say "compiling mlx-c $mlxc_version (about a minute)"
  compile -DCMAKE_OSX_DEPLOYMENT_TARGET=14.0 -DCMAKE_OSX_ARCHITECTURES=arm64 "-DCMAKE_INSTALL_RPATH=@loader_path"
  cp "$work/install/lib/libmlxc.dylib" "$work"/wheel/mlx/lib/*.dylib "$work/wheel/mlx/lib/mlx.metallib" "$new/lib/"
}

say "downloading the source of mlx-c $mlxc_version"
fetch_mlxc_source "$work/source"
if [ "$variant" = metal ]; then build_darwin; else build_linux; fi

# A machine without NVIDIA's driver can install the CUDA variant, but not load it.
if [ "$variant" != cuda ]; then
  quietly "loading the library that was built" "scripts/build-mlx-c.sh" \
    "$(find_python)" -c 'import ctypes, glob, sys; ctypes.CDLL(glob.glob(sys.argv[1] + "/libmlxc.*")[0]).mlx_metal_is_available' "$new/lib"
fi
stamp_of "$variant" >"$new/stamp"
replace_folder "$new" "$target"
say "installed $(cat "$target/stamp") into .mlx"
[ "$variant" != cuda ] || say "MLX compiles kernels when it runs: set CUDA_HOME to the folder of a CUDA 12 toolkit"
