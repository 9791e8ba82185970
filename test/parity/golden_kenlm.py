#!/usr/bin/env python3
"""Scores by KenLM with a small ARPA model, as a golden file.

usage: golden_kenlm.py MODELS_DIR > fixtures/golden/kenlm.json
Writes MODELS_DIR/ngram/guide.arpa (by ngram_reference.py, from fixtures/documents/guide), for fixtures/models/.
"""

import importlib.metadata
import json
import pathlib
import subprocess
import sys

import kenlm

ROOT = pathlib.Path(__file__).resolve().parents[2]
ORDER = 4
FILES = ["getting-started.md", "alerts.md", "power.md"]
documents = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "fixtures/documents/guide").glob("*.md"))}
lines = [line for name in FILES for line in documents[name].splitlines() if line.strip()]
reference = [sys.executable, str(ROOT / "test/parity/ngram_reference.py"), "train", str(ORDER)]
arpa = subprocess.run(reference, input="\n".join(lines), capture_output=True, text=True, check=True).stdout
folder = pathlib.Path(sys.argv[1]) / "ngram"
folder.mkdir(parents=True, exist_ok=True)
(folder / "guide.arpa").write_text(arpa, "utf-8")

model = kenlm.Model(str(folder / "guide.arpa"))
unseen = [line for name, text in documents.items() if name not in FILES for line in text.splitlines() if line.strip()]
texts = [
    "word", "the", "the the the the the the", "<s> the", "the </s> station", "<unk> the <unk>", "the\tstation\u000bis\u000con",
    "no\u00a0break space", "中文 字符", *lines[::5], *unseen[::4],
]  # fmt: skip
golden = {
    "script": "test/parity/golden_kenlm.py",
    "versions": {"kenlm": importlib.metadata.version("kenlm")},
    "order": model.order,
    "rows": [[text, model.score(text), model.perplexity(text), sum(oov for _, _, oov in model.full_scores(text, eos=False))] for text in texts],
}
print(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n["))
