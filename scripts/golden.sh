#!/usr/bin/env bash
# Makes the reference values in fixtures/golden/ again, and the small models in fixtures/models/ that belong to them.
# Each file is what one script of test/parity/ prints with the libraries of one environment.
#
#   scripts/golden.sh            all of them
#   scripts/golden.sh NAME...    only these, e.g. pii for fixtures/golden/pii.json
#   scripts/golden.sh --list     their names
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"
. "$root/scripts/lib/packages.sh"
. "$root/scripts/lib/peers.sh"
cd "$root"

names="all-MiniLM-L6-v2 classifiers contrastive datatrove-filters datatrove-tokens encoders fasttext heuristic-filters
  kenlm mds minhash mlx-data objectives peft pii rerankers sentencepiece"

# recipe NAME: the environment, the script with its arguments, and its input. Models go to $work/models.
recipe() {
  environment=peers input=/dev/null
  case "$1" in
    all-MiniLM-L6-v2) script=(test/parity/golden_sentence_transformers.py .models/all-MiniLM-L6-v2) ;;
    classifiers) script=(test/parity/golden_classifier.py "$work/models") ;;
    contrastive) script=(test/parity/golden_contrastive.py .models/all-MiniLM-L6-v2) ;;
    datatrove-filters) script=(test/parity/golden_datatrove.py) ;;
    datatrove-tokens) script=(test/parity/golden_datatrove_tokens.py) ;;
    encoders) script=(test/parity/golden_encoders.py "$work/models") ;;
    fasttext) environment=ngram script=(test/parity/golden_fasttext.py "$work/models") ;;
    heuristic-filters)
      # Whole, these two bring Ray and a cluster's tools. Any platform's wheel has the same Python files.
      fetch_wheel nemo-curator 1.4.0 e146a276d09aa2c80f386a9e7a6f4f8938c04a559ed42ee7622b1af32ae88819 "$work/wheels"
      fetch_wheel dolma 1.2.1 71bd4615d165df8e6206342d522ec8fb1091dd89f045cfe805d882e633e0a1cb "$work/wheels" \
        manylinux_2_28_x86_64
      script=(test/parity/golden_heuristics.py "$work/wheels")
      ;;
    kenlm) environment=ngram script=(test/parity/golden_kenlm.py "$work/models") ;;
    mds) environment=stream script=(test/parity/golden_mds.py) ;;
    minhash) script=(test/parity/golden_minhash.py) ;;
    mlx-data) script=(test/parity/golden_mlx_data.py) ;;
    objectives) script=(test/parity/golden_objectives.py) ;;
    peft) script=(test/parity/golden_peft.py "$work/models") ;;
    pii) script=(test/parity/golden_pii.py) ;;
    rerankers) script=(test/parity/golden_rerankers.py "$work/models") ;;
    sentencepiece)
      script=(test/parity/golden_sentencepiece.py) input=$work/lines
      "$(find_bun)" test/tokenizers/nasty-corpus.ts >"$input"
      ;;
    *) fail "there are no reference values named $1" "scripts/golden.sh --list" ;;
  esac
}

if [ "${1:-}" = --list ]; then
  printf '%s\n' $names
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work" fixtures/golden/*.new' EXIT
# What is kept must not depend on the order of a set, nor on a download.
export PYTHONHASHSEED=0 HF_HUB_OFFLINE=1

for name in ${*:-$names}; do
  mkdir -p "$work/models"
  recipe "$name"
  install_peers "$environment"
  say "making fixtures/golden/$name.json"
  renew "fixtures/golden/$name.json" ".venv-$environment/bin/python" "${script[@]}" <"$input"
  for folder in "$work"/models/*; do
    [ -d "$folder" ] || continue
    target=fixtures/models/$(basename "$folder")
    cp -R "$folder" "$target.new"
    replace_folder "$target.new" "$target"
  done
  rm -rf "$work/models"
done
