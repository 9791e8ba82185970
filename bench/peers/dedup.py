"""MinHash signatures and exact deduplication by datatrove and datasketch, for bench/dedup.ts.

usage: dedup.py minhash|datasketch|hash|files INPUT.jsonl WORKDIR
Prints one JSON object: documents, bytes of text, CPU seconds of the work alone, and what was kept where that applies.
Environment: .venv-peers.
"""

import json
import sys
import time
from pathlib import Path


def documents(path):
    with open(path, encoding="utf8") as lines:
        return [json.loads(line)["text"] for line in lines]


def minhash(texts, work):
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature

    step = MinhashDedupSignature(str(work), MinhashConfig())
    step.get_signature(step.get_shingles("a few words to load what is loaded once"))
    started = time.process_time()
    for text in texts:
        shingles = step.get_shingles(text)
        if shingles.size != 0:
            step.get_signature(shingles)
    return {"seconds": time.process_time() - started}


def datasketch(texts, _):
    import re

    from datasketch import MinHash

    word = re.compile(r"\w+")
    started = time.process_time()
    for text in texts:
        words = word.findall(text.lower())
        shingles = [" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))]
        sketch = MinHash(num_perm=112)
        sketch.update_batch(shingles)
    return {"seconds": time.process_time() - started}


def hashing(texts, _):
    from datatrove.utils.hashing import HashConfig, create_hash_func

    hash_func = create_hash_func(HashConfig())
    started = time.process_time()
    seen = set()
    for text in texts:
        seen.add(hash_func(text))
    return {"seconds": time.process_time() - started, "kept": len(seen)}


def files(path, work):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import ExactDedupFilter, ExactDedupSignature, ExactFindDedups
    from datatrove.pipeline.dedup.exact_dedup import ExactDedupConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    config = ExactDedupConfig(content_getter=lambda document: document.text)
    reader = JsonlReader(str(path.parent), glob_pattern=path.name)
    started = time.process_time()
    stages = [
        [reader, ExactDedupSignature(f"{work}/sigs", config)],
        [ExactFindDedups(f"{work}/sigs", f"{work}/dups", config)],
        [reader, ExactDedupFilter(f"{work}/dups", config), JsonlWriter(f"{work}/out", compression=None)],
    ]
    for number, pipeline in enumerate(stages):
        LocalPipelineExecutor(pipeline, logging_dir=f"{work}/logs{number}").run()
    seconds = time.process_time() - started
    kept = sum(1 for out in Path(f"{work}/out").glob("*.jsonl") for _ in out.open())
    return {"seconds": seconds, "kept": kept}


def main():
    what, path, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if what == "files":
        result = files(path, work)
    else:
        texts = documents(path)
        result = {"minhash": minhash, "datasketch": datasketch, "hash": hashing}[what](texts, work)
        result |= {"documents": len(texts), "bytes": sum(len(text.encode()) for text in texts)}
    print(json.dumps(result))


main()
