#!/usr/bin/env bash
# Makes a corpus of real files from what a Debian machine has: bench/corpus.sh DIR
#
# Documentation and changelogs, man pages, headers, the libraries of Perl and Python, and the kernel's source and
# documentation (the package linux-source-6.1, downloaded but not installed). About 1.6 GB in 110,000 files.
set -euo pipefail
out=${1:?usage: bench/corpus.sh DIR}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# take NAME FOLDER...: copies plain files of at most 5 MB and unpacks those that end in .gz.
take() {
  local name=$1
  shift
  [ ! -d "$out/$name" ] || return 0
  mkdir -p "$out/$name.new"
  local folder number=0
  for folder in "$@"; do
    [ -d "$folder" ] || continue
    # Under a number: the path may have hidden folders, which are not read.
    number=$((number + 1))
    mkdir "$out/$name.new/$number"
    tar -C "$folder" -cf - --exclude='*.so*' --exclude='*.pyc' --exclude='*.a' --exclude='*.png' --exclude='*.html' . |
      tar -C "$out/$name.new/$number" -xf -
  done
  find "$out/$name.new" -name .gitignore -delete
  find "$out/$name.new" \( -type l -o -size +5M \) -delete
  find "$out/$name.new" -name '*.gz' -print0 | xargs -0 -r -n 200 gunzip -f -q || true
  # Man pages end in their section, which says nothing to a reader of files.
  if [ "$name" = man ]; then find "$out/$name.new" -type f -name '*.[0-9]*' -exec mv {} {}.txt \;; fi
  mv "$out/$name.new" "$out/$name"
}

take doc /usr/share/doc
take man /usr/share/man
take include /usr/include
take perl /usr/share/perl /usr/share/perl5
take python /usr/lib/python3 /usr/lib/python3.11 "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

if [ ! -d "$out/linux" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  (cd "$work" && apt-get download -q linux-source-6.1 && dpkg-deb -x linux-source-6.1_*.deb x)
  mkdir -p "$out/linux.new"
  tar -C "$out/linux.new" --strip-components=1 -xf "$work"/x/usr/src/linux-source-6.1.tar.xz
  # What the packagers ignore is what is wanted here.
  find "$out/linux.new" \( -type l -o -size +5M -o -name .gitignore \) -delete
  mv "$out/linux.new" "$out/linux"
fi
du -sm "$out"/* | sort -k2
