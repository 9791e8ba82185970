"""Cuts Python files as LlamaIndex's CodeSplitter does (tree-sitter's native parser, children merged up to a size).

Reads paths from stdin; prints one JSON line per kind of size: characters, as CodeSplitter counts, and tokens of the
model's tokenizer. Needs the packages tree-sitter and tree-sitter-python beside those of test/parity/requirements.txt.
"""

import bisect
import json
import pathlib
import resource
import sys

import tree_sitter
import tree_sitter_python
from tokenizers import Tokenizer

MAX_CHARS = 700
MAX_TOKENS = 200
ROUNDS = 3


def chunks_of(node, data, size, limit, last_end=0):
    chunks, current = [], ""
    for child in node.children:
        length = size(child.start_byte, child.end_byte)
        if length > limit:
            if current:
                chunks.append(current)
            current = ""
            chunks += chunks_of(child, data, size, limit, last_end)
        elif current and size(last_end, child.end_byte) + size.held > limit:
            chunks.append(current)
            current = data[last_end : child.end_byte].decode()
            size.held = length
        else:
            current += data[last_end : child.end_byte].decode()
            size.held = (size.held if len(current) > child.end_byte - last_end else 0) + length
        last_end = child.end_byte
    if current:
        chunks.append(current)
    return chunks


class Characters:
    held = 0

    def __call__(self, start, end):
        return end - start


class Tokens:
    held = 0

    def __init__(self, tokenizer, data):
        encoding = tokenizer.encode(data.decode(), add_special_tokens=False)
        self.starts = [start for start, _ in encoding.offsets]

    def __call__(self, start, end):
        return bisect.bisect_left(self.starts, end) - bisect.bisect_left(self.starts, start)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    texts = [pathlib.Path(line.strip()).read_bytes() for line in sys.stdin]
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for kind in ["characters", "tokens"]:
        best, count = float("inf"), 0
        for _ in range(ROUNDS):
            start, count = cpu_seconds(), 0
            for data in texts:
                size = Characters() if kind == "characters" else Tokens(tokenizer, data)
                limit = MAX_CHARS if kind == "characters" else MAX_TOKENS
                count += len(chunks_of(parser.parse(data).root_node, data, size, limit))
            best = min(best, cpu_seconds() - start)
        print(json.dumps({"kind": kind, "seconds": best, "chunks": count}))


main()
