#!/usr/bin/env python3
"""What mlx-data does, step by step, kept as a golden file: it is too large to be installed for every test run.

usage: golden_mlx_data.py > fixtures/golden/mlx-data.json
Each case is a chain of mlx-data's own methods over a few samples; tests run the same
chain by the camelCase names and compare every array. Values: `$text` is bytes, `$trie` is a CharTrie of tokens, `$merges` a BPEMerges,
`$dir` the folder of the files that the golden file holds.
"""

import base64
import gzip
import importlib.metadata
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile

import numpy as np

import mlx.data as dx
from mlx.data.core import BPEMerges, CharTrie

# ---------------------------------------------------------------- files that cases read


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


LINES = b"first line\n\nthird \xc3\xa9\r\nlast without end"
CSV = b'name,text\nada,"two\nlines, and a ""quote"""\n"b b",""\n,x\n'
INNER = tar_of({"deep/x.txt": b"inside", "y.bin": bytes(range(5))})
FILES = {
    "lines.txt": LINES,
    "lines.txt.gz": gzip.compress(LINES, mtime=0),
    "table.csv": CSV,
    "table.tsv": b"a\tb\n1\t'x\ty'\n",
    "ints.npy": npy(np.arange(6, dtype=np.int32).reshape(2, 3)),
    "floats.npy": npy(np.array([0.5, -1.25], dtype=np.float32)),
    "longs.npy": npy(np.array([[1], [-2]], dtype=np.int64)),
    "fortran.npy": npy(np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3))),
    "flat.tar": tar_of({"a.txt": b"alpha", "dir/b.txt": b"beta" * 200, "empty": b""}),
    "nested.tar": tar_of({"a.txt": b"alpha", "inner.tar": INNER}),
}
FOLDER = tempfile.mkdtemp()
for name, data in FILES.items():
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)

# ---------------------------------------------------------------- values


def trie_of(tokens):
    trie = CharTrie()
    for token in tokens:
        trie.insert(token)
    return trie


def merges_of(rows):
    merges = BPEMerges()
    for left, right, token in rows:
        merges.add(left, right, token)
    return merges


def decode(value):
    if isinstance(value, dict):
        if "$array" in value:
            return np.array(value["$array"], dtype=value["dtype"]).reshape(value["shape"])
        if "$text" in value:
            return value["$text"].encode()
        if "$base64" in value:
            return base64.b64decode(value["$base64"])
        if "$trie" in value:
            return trie_of(value["$trie"])
        if "$merges" in value:
            return merges_of(value["$merges"])
        if "$dir" in value:
            return os.path.join(FOLDER, value["$dir"])
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value


def encode(sample):
    out = {}
    for key, value in sorted(sample.items()):
        array = np.asarray(np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value)
        out[key] = {"kind": array.dtype.kind, "shape": list(array.shape), "data": array.reshape(-1).tolist()}
    return out


# ---------------------------------------------------------------- cases

A = lambda data, dtype="int64": {  # noqa: E731
    "$array": np.array(data).reshape(-1).tolist(),
    "dtype": dtype,
    "shape": list(np.array(data).shape),
}


def text(value):
    return {"$text": value}


def counting(n):
    return [{"x": A(list(range(i + 1))), "i": A(i)} for i in range(n)]


GRID = [{"x": A([[1, 2, 3], [4, 5, 6]]), "y": A([0.5, 1.5], "float32")}]
SIZES = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
LENGTHS = [{"x": A([i] * n), "i": A(i)} for i, n in enumerate(SIZES)]
WORDS = ["a", "b", "c", "ab", "bc", "abc", " ", "d"]
CASES = []


def case(name, samples, *steps, stream=False, source=None):
    CASES.append({"name": name, "samples": samples, "stream": stream, "source": source, "steps": list(steps)})


def step(op, *args, **kwargs):
    return {"op": op, "args": list(args), "kwargs": kwargs}


for stream in (False, True):
    where = "stream" if stream else "buffer"
    case(f"batch stacks and pads ({where})", counting(7), step("batch", 3), stream=stream)
    case(f"batch with a pad value ({where})", counting(4), step("batch", 3, pad={"x": -1}), stream=stream)
    case(f"batch concatenates along a dim ({where})", GRID * 3, step("batch", 2, dim={"x": 0, "y": 0}), stream=stream)
    case(
        f"batch concatenates along the last dim ({where})",
        [{"x": A(np.ones((2, n)).tolist(), "float32")} for n in (1, 3, 2)],
        step("batch", 2, dim={"x": 1}),
        stream=stream,
    )
    case(
        f"batch pads both dims ({where})",
        [{"x": A(np.full((r, c), r * 10 + c).tolist(), "int32")} for r, c in ((1, 3), (2, 1), (2, 2))],
        step("batch", 3, pad={"x": 7}),
        stream=stream,
    )
    for p in range(3):
        case(f"partition {p} of 3 ({where})", counting(8), step("partition", 3, p), stream=stream)
    case(f"filter_key keeps one ({where})", counting(2), step("filter_key", "x"), stream=stream)
    case(f"filter_key removes one ({where})", counting(2), step("filter_key", "x", remove=True), stream=stream)
    case(f"filter_key of a key that is not there ({where})", counting(2), step("filter_key", "z"), stream=stream)
    case(f"rename_key ({where})", counting(2), step("rename_key", "x", "z"), stream=stream)
    case(f"filter_by_shape from below and above ({where})", counting(7), step("filter_by_shape", "x", 0, 2, 5), stream=stream)
    case(f"filter_by_shape from above ({where})", counting(7), step("filter_by_shape", "x", 0, high=3), stream=stream)

case("batch of listed sizes", counting(6), step("batch", [1, 3, 2]))
case("batch of listed sizes that leave some out", counting(6), step("batch", [2, 2]))
case("perm reorders, repeats and leaves out", counting(5), step("perm", [4, 0, 0, 2]))
case("pad left and right", GRID, step("pad", "x", 1, 1, 2, -1))
case("pad the first dim", GRID, step("pad", "x", 0, 2, 0, 9))
case("pad a negative dim", GRID, step("pad", "x", -1, 0, 1, 9))
case("pad into another key", GRID, step("pad", "y", 0, 1, 1, 0.25, output_key="z"))
case("pad_to_multiple", counting(5), step("pad_to_multiple", "x", 0, 4, 0))
case("pad_to_size", counting(3), step("pad_to_size", "x", 0, 3, -2))
case("pad_to_size of something larger", counting(5), step("pad_to_size", "x", 0, 3, -2))
case("slice one dim", GRID, step("slice", "x", 1, 1, 3))
case("slice two dims", GRID, step("slice", "x", [0, 1], [1, 0], [2, 2]))
case("slice beyond the end", GRID, step("slice", "x", 1, 1, 100))
case("slice from a negative start", GRID, step("slice", "x", 1, -2, 3))
case("shape of all dims", GRID, step("shape", "x", "s"))
case("shape of one dim", GRID, step("shape", "x", "s", dim=1))
case("shard the first dim", [{"x": A(list(range(12)))}], step("shard", "x", 3))
case("shard a matrix", [{"x": A(np.arange(12).reshape(4, 3).tolist())}], step("shard", "x", 2))
case("squeeze all", [{"x": A(np.ones((1, 2, 1)).tolist(), "float32")}], step("squeeze", "x"))
case("squeeze one", [{"x": A(np.ones((1, 2, 1)).tolist(), "float32")}], step("squeeze", "x", dim=0))
case("squeeze a list", [{"x": A(np.ones((1, 2, 1)).tolist(), "float32")}], step("squeeze", "x", dim=[0, -1]))
case("replace all", [{"t": text("a b  c é")}], step("replace", "t", " ", "\u2581"))
case("replace two", [{"t": text("aaaa")}], step("replace", "t", "a", "bb", 2))
case("replace by nothing", [{"t": text("banana")}], step("replace", "t", "an", ""))
case(
    "replace_bytes",
    [{"t": text("ab z")}],
    step("replace_bytes", "t", [chr(i).upper() if i < 128 else "?" for i in range(256)]),
)
case(
    "remove_value from a vector",
    [{"x": A([1, 0, 2, 0, 0, 3]), "n": A(6)}],
    step("remove_value", "x", "n", 0, 0, -1),
)
case(
    "remove_value within valid sizes",
    [{"x": A([[1, 0, 2, 0], [0, 0, 5, 6]]), "n": A([3, 4])}],
    step("remove_value", "x", "n", 1, 0, 9),
)
case("tokenize into the fewest tokens", [{"t": text("abcab c")}], step("tokenize", "t", {"$trie": WORDS}))
case(
    "tokenize by scores",
    [{"t": text("abcab")}],
    step("tokenize", "t", {"$trie": WORDS}, trie_key_scores=[1.0, 1.0, 1.0, 5.0, 1.0, 9.0, 1.0, 1.0]),
)
case("tokenize an unknown character", [{"t": text("axb")}], step("tokenize", "t", {"$trie": WORDS}))
case("tokenize past unknown characters", [{"t": text("axyb")}], step("tokenize", "t", {"$trie": WORDS}, ignore_unk=True))
case("tokenize nothing", [{"t": text("")}], step("tokenize", "t", {"$trie": WORDS}))
case("tokenize into another key", [{"t": text("ab")}], step("tokenize", "t", {"$trie": WORDS}, output_key="ids"))
MERGES = [["a", "b", 4], ["ab", "c", 5], ["b", "c", 6], ["c", " ", 7], ["abc", "abc", 8]]
for sentence in ("abcabc", "bcabc abc", "aabbcc", "cab c abcabcabc", "d"):
    case(
        f"tokenize_bpe {sentence!r}",
        [{"t": text(sentence)}],
        step("tokenize_bpe", "t", {"$trie": ["a", "b", "c", " "]}, {"$merges": MERGES}),
    )

case("dynamic_batch of all at once", LENGTHS, step("dynamic_batch", 5, "x"), stream=True)
for size in (4, 10, 16):
    case(f"dynamic_batch up to {size}", LENGTHS, step("dynamic_batch", 5, "x", size), stream=True)
case("dynamic_batch with padding", LENGTHS, step("dynamic_batch", 12, "x", 20, pad={"x": -1}), stream=True)
case("dynamic_batch along a dim", LENGTHS, step("dynamic_batch", 12, "x", 10, dim={"x": 0}), stream=True)
for size, stride in ((3, 2), (4, 4), (2, 5), (20, 20)):
    case(f"sliding_window {size} by {stride}", counting(6), step("sliding_window", "x", size, stride), stream=True)
case("sliding_window over a dim with its index", GRID, step("sliding_window", "x", 2, 1, dim=0, index_key="w"), stream=True)
case("repeat twice more", counting(3), step("repeat", 2), stream=True)
case("buffered keeps the order", counting(5), step("buffered", 2), stream=True)
case("prefetch by one thread keeps the order", counting(5), step("prefetch", 2, 1), stream=True)
case("to_buffer", counting(3), step("to_buffer"), step("perm", [2, 0]), stream=True)
case("to_stream and batch", counting(5), step("to_stream"), step("batch", 2))
case("ordered_prefetch", counting(5), step("ordered_prefetch", 2, 2))

NAMES = [{"f": text("lines.txt")}, {"f": text("lines.txt")}]
DIR = {"$dir": ""}
case("load_file", [{"f": text("lines.txt")}], step("load_file", "f", prefix=DIR))
case("load_file into another key", [{"f": text("lines.txt")}], step("load_file", "f", prefix=DIR, output_key="d"))
for name in ("ints", "floats", "longs"):
    case(f"load_numpy {name}", [{"f": text(f"{name}.npy")}], step("load_numpy", "f", prefix=DIR))
case("load_numpy of Fortran order", [{"f": text("fortran.npy")}], step("load_numpy", "f", prefix=DIR))
case(
    "load_numpy from memory",
    [{"f": {"$base64": base64.b64encode(FILES["ints.npy"]).decode()}}],
    step("load_numpy", "f", from_memory=True, output_key="n"),
)
case(
    "read_from_tar",
    [{"f": text("dir/b.txt")}, {"f": text("empty")}],
    step("read_from_tar", {"$dir": "flat.tar"}, "f", "data"),
)
case(
    "read_from_tar named by a key",
    [{"t": text("flat.tar"), "f": text("a.txt")}],
    step("read_from_tar", "t", "f", "data", tar_prefix=DIR, from_key=True),
)
case(
    "read_from_tar in a tar",
    [{"f": text("inner/y.bin")}],
    step("read_from_tar", {"$dir": "nested.tar"}, "f", "data", nested=True),
)
case("line_reader_from_key", NAMES, step("line_reader_from_key", "f", "line", local_prefix=DIR), stream=True)
case(
    "line_reader_from_key from memory",
    [{"f": A(list(LINES), "uint8")}],
    step("line_reader_from_key", "f", "line", from_memory=True),
    stream=True,
)
case(
    "line_reader_from_key unzips",
    [{"f": text("lines.txt.gz")}],
    step("line_reader_from_key", "f", "line", unzip=True, local_prefix=DIR),
    stream=True,
)
case("csv_reader_from_key", [{"f": text("table.csv")}], step("csv_reader_from_key", "f", local_prefix=DIR), stream=True)
case(
    "csv_reader_from_key from memory",
    [{"f": A(list(CSV), "uint8")}],
    step("csv_reader_from_key", "f", from_memory=True),
    stream=True,
)

SOURCES = {
    "files_from_tar": ("files_from_tar", [{"$dir": "flat.tar"}], {}),
    "files_from_tar in tars": ("files_from_tar", [{"$dir": "nested.tar"}], {"nested": True}),
    "stream_line_reader": ("stream_line_reader", [{"$dir": "lines.txt"}, "line"], {}),
    "stream_line_reader with a prefix": ("stream_line_reader", ["lines.txt", "line"], {"local_prefix": DIR}),
    "stream_line_reader unzips": ("stream_line_reader", [{"$dir": "lines.txt.gz"}, "line"], {"unzip": True}),
    "stream_csv_reader": ("stream_csv_reader", [{"$dir": "table.csv"}], {}),
    "stream_csv_reader with other signs": ("stream_csv_reader", [{"$dir": "table.tsv"}, "\t", "'"], {}),
    "stream_csv_reader_from_string": ("stream_csv_reader_from_string", [CSV.decode()], {}),
    "stream_csv_reader_from_string with CRLF": ("stream_csv_reader_from_string", ["a,b\r\n1,2\r\n"], {}),
    "stream_csv_reader_from_string of uneven rows": ("stream_csv_reader_from_string", ["a,b\n1\n"], {}),
    "stream_csv_reader_from_string with a quote in a field": ("stream_csv_reader_from_string", ['a\nb"c\n'], {}),
    "stream_csv_reader_from_string of nothing": ("stream_csv_reader_from_string", [""], {}),
}
for name, (op, args, kwargs) in SOURCES.items():
    case(name, [], source={"op": op, "args": args, "kwargs": kwargs})

# ---------------------------------------------------------------- running them

# Freeing a stream sometimes waits forever for the stream's own thread (0.1.0), so none is freed.
KEPT = []


def run(one):
    if one["source"]:
        source = one["source"]
        dataset = getattr(dx, source["op"])(*decode(source["args"]), **decode(source["kwargs"]))
    else:
        dataset = dx.buffer_from_vector([decode(sample) for sample in one["samples"]])
        if one["stream"]:
            dataset = dataset.to_stream()
    for one_step in one["steps"]:
        dataset = getattr(dataset, one_step["op"])(*decode(one_step["args"]), **decode(one_step["kwargs"]))
        KEPT.append(dataset)
    if hasattr(dataset, "size"):
        return [encode(dataset[i]) for i in range(dataset.size())]
    return [encode(sample) for sample in dataset]


for one in CASES:
    try:
        one["output"] = run(one)
    except Exception as error:  # noqa: BLE001: what mlx-data refuses is part of what it does
        one["error"] = str(error).replace(FOLDER, "")[:120]

golden = {
    "script": "test/parity/golden_mlx_data.py",
    "versions": {"mlx-data": importlib.metadata.version("mlx-data"), "numpy": np.__version__},
    "files": {name: base64.b64encode(data).decode() for name, data in FILES.items()},
    "cases": CASES,
}
lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in golden.pop("cases"))
head = json.dumps(golden, indent=1)[:-2]
sys.stdout.write(f'{head},\n "cases": [\n{lines}\n]}}\n')
sys.stdout.flush()
shutil.rmtree(FOLDER)
os._exit(0)
