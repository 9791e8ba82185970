# The Python environments of the peers. Sourced after common.sh and packages.sh.
#
# `.venv` holds the packages of test/parity/requirements.txt, `.venv-NAME` those of requirements-NAME.txt: some of them
# cannot live together.
heavy_peers="peers stream ngram tok1"

# All heavy peers have wheels for these two versions.
find_peers_python() {
  local name
  for name in python3.12 python3.11 python3; do
    if have "$name" && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  return 1
}

# KenLM has no wheels.
need_python_headers() {
  local found='import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
  "$1" -c "$found" || install_packages python3-dev
  need_build_tools
}

# install_peers [NAME]: into .venv or .venv-NAME, again whenever the list changes.
install_peers() {
  local name=${1:-} folder list stamp python fix
  folder=.venv${name:+-$name}
  list=test/parity/requirements${name:+-$name}.txt
  stamp=$folder/$(basename "$list").sha256
  if [ -x "$folder/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(sha256_of "$list")" ]; then return; fi
  need_python
  if [ -n "$name" ]; then
    python=$(find_peers_python) ||
      fail "the packages of $list need Python 3.11 or 3.12" "install python3.12 and put it on PATH"
  else
    python=$(find_python)
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
      fail "the packages of $list need Python 3.11 or later" "install python3.11 or later and put it first on PATH"
  fi
  [ "$name" != ngram ] || need_python_headers "$python"
  say "installing the Python packages of $list into $folder"
  fix="rm -rf $folder, then run the script again"
  [ -x "$folder/bin/python" ] || quietly "making $folder" "$fix" "$python" -m venv "$folder"
  quietly "the installation of $list" "$fix" \
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$list"
  sha256_of "$list" >"$stamp"
}

# renew FILE COMMAND...: FILE becomes what COMMAND prints; when COMMAND fails, FILE stays as it is.
renew() {
  local file=$1 log
  shift
  log=$(mktemp)
  if ! "$@" >"$file.new" 2>"$log"; then
    tail -n 40 "$log" >&2
    rm -f "$log" "$file.new"
    fail "$file was not made again: $*" "read the lines above; $file is as it was"
  fi
  rm -f "$log"
  mv "$file.new" "$file"
}
