# System packages, each installed only when missing. Sourced by the scripts.

# install_packages NAME...: with apt on Debian and Ubuntu; elsewhere it says what to install.
install_packages() {
  [ $# -gt 0 ] || return 0
  case "$(uname -s)" in
    Darwin) fail "missing: $*" "brew install $*" ;;
  esac
  have apt-get || fail "missing: $*, and this is no Debian or Ubuntu" "install these packages under the names your system has for them"
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || fail "missing: $*, and this user is not root and has no sudo" "as root: apt-get install $*"
    sudo=sudo
  fi
  say "installing system packages: $*"
  if [ -z "${MDP_APT_UPDATED:-}" ]; then
    quietly "apt-get update" "$sudo apt-get update" $sudo apt-get -o DPkg::Lock::Timeout=300 update -qq
    export MDP_APT_UPDATED=yes
  fi
  quietly "the installation of $*" "$sudo apt-get install $*" \
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@"
}

# Python with pip, for the wheels.
need_python() {
  local python
  if python=$(find_python) && "$python" -c 'import pip, venv, ensurepip' 2>/dev/null; then return; fi
  case "$(uname -s)" in
    Darwin) install_packages python ;;
    *) install_packages python3 python3-pip python3-venv ;;
  esac
  find_python >/dev/null || fail "Python 3.10 or later is missing, and the system's own is older" "install Python 3.10 or later"
}

# Compiler, build tools and the BLAS that is copied beside MLX.
need_build_tools() {
  local missing=""
  if [ "$(uname -s)" = Darwin ]; then
    xcode-select -p >/dev/null 2>&1 || fail "Apple's compiler is missing" "xcode-select --install"
    have cmake || missing="$missing cmake"
    have ninja || missing="$missing ninja"
  else
    have g++ || missing="$missing g++"
    have cmake || missing="$missing cmake"
    have ninja || missing="$missing ninja-build"
    have patchelf || missing="$missing patchelf"
    have curl || missing="$missing curl ca-certificates"
    find_openblas >/dev/null || missing="$missing libopenblas0-pthread"
  fi
  # shellcheck disable=SC2086  # a list of names
  install_packages $missing
}

# The shared OpenBLAS that uses threads.
find_openblas() {
  local file=/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0
  [ -e "$file" ] && echo "$file"
}

# GCC before 13 has no std::format.
has_std_format() {
  printf '#include <format>\nint main() { return std::format("{}", 1).size() != 1; }\n' |
    "${CXX:-c++}" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1
}
