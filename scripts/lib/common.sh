# Shared by the scripts: messages, checks, downloads. Sourced, never run. Works with bash 3.2, as macOS ships it.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
bun_version=1.4.5

say() { printf '==> %s\n' "$*" >&2; }

# fail MESSAGE FIX: what went wrong, and the command that puts it right.
fail() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf 'fix:   %s\n' "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# quietly WHAT FIX COMMAND...: runs a noisy command; its output is shown only when it fails.
quietly() {
  local what=$1 fix=$2 log
  shift 2
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    fail "$what failed: $*" "$fix"
  fi
  rm -f "$log"
}

platform() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x64 ;;
    Darwin-arm64) echo darwin-arm64 ;;
    *) fail "$(uname -s) on $(uname -m) is not supported; supported are Linux x64 and macOS arm64" ;;
  esac
}

sha256_of() {
  if have sha256sum; then sha256sum "$1" | cut -d' ' -f1; else shasum -a 256 "$1" | cut -d' ' -f1; fi
}

# check_sha256 FILE EXPECTED
check_sha256() {
  local actual
  actual=$(sha256_of "$1")
  [ "$actual" = "$2" ] || fail "$(basename "$1") has SHA-256 $actual, expected $2" \
    "remove the copy in your package manager's cache (pip cache purge) and run the script again"
}

# The first Python that the wheels and the peers accept.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if have "$name" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

# fetch_wheel NAME VERSION SHA256 FOLDER [PLATFORM-TAG]: downloads a wheel from PyPI, checks it, unpacks it into FOLDER.
# With a platform tag it takes that platform's wheel, whatever platform and Python version this machine has.
fetch_wheel() {
  local name=$1 version=$2 sha256=$3 folder=$4 tag=${5:-} python download
  python=$(find_python) || fail "Python 3.10 or later is missing" "scripts/setup.sh"
  download=$(mktemp -d)
  set -- --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$download"
  [ -z "$tag" ] || set -- "$@" --platform "$tag" --python-version 3.12 --implementation cp
  quietly "the download of $name $version" "check the network, then run the script again" \
    "$python" -m pip download "$@" "$name==$version"
  check_sha256 "$(echo "$download"/*.whl)" "$sha256"
  mkdir -p "$folder"
  "$python" -m zipfile -e "$download"/*.whl "$folder"
  rm -rf "$download"
}

# replace_folder NEW TARGET: puts a finished folder in the place of an older one, by renaming.
replace_folder() {
  rm -rf "$2.old"
  [ ! -e "$2" ] || mv "$2" "$2.old"
  mv "$1" "$2"
  rm -rf "$2.old"
}

# The Bun of the pinned version: the machine's own, else the project's.
find_bun() {
  local candidate
  for candidate in bun "$root/.tools/node_modules/.bin/bun"; do
    if [ "$("$candidate" --version 2>/dev/null)" = "$bun_version" ]; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }
