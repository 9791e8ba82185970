#!/usr/bin/env bash
# Makes the corpora that the questions of fixtures/evaluation/ are about, from Debian 12's packages.
# debian.jsonl: git's manual (AsciiDoc), Python's (reStructuredText), PostgreSQL's and Debian's policy (HTML).
# stdlib.jsonl: Python's standard library (code).
#
# usage: bench/evaluate/corpus.sh DIR     (needs apt-get and dpkg-deb; nothing is installed)
set -euo pipefail

dir=${1:?usage: bench/evaluate/corpus.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

apt-get download git-doc python3.11-doc postgresql-doc-15 debian-policy libpython3.11-stdlib libpython3.11-minimal >&2
for package in *.deb; do dpkg-deb -x "$package" all; done

take() { # name, folder, find's expression
  mkdir -p "$dir/$1"
  (cd "all/usr/$2" && shift 2 && find . -type f "$@" -print0 | tar --null -cf - -T -) | tar -xf - -C "$dir/$1"
}
take documents/git share/doc/git-doc -name '*.txt' -not -path './RelNotes/*'
take documents/python share/doc/python3.11/html/_sources -name '*.rst.txt' -not -path './whatsnew/*'
take documents/postgres share/doc/postgresql-doc-15/html -name '*.html' -not -name 'release*' -not -name 'bookindex.html'
take documents/policy share/doc/debian-policy/policy.html -name '*.html'
take code/stdlib lib/python3.11 -name '*.py'

printf '%s\n' *.deb > "$dir/PACKAGES"
