#!/usr/bin/env python3
"""Compares compressed files with plain ones.

usage: same_contents.py zstd|lz4|gzip COMPRESSED PLAIN [COMPRESSED PLAIN ...]
Prints "same N" for N pairs; ends with 1 and the name of the first pair that differs.
"""

import sys

import pyarrow

from peer_end import end

codec, *paths = sys.argv[1:]
for packed, plain in zip(paths[::2], paths[1::2]):
    with pyarrow.input_stream(packed, compression=codec) as stream, open(plain, "rb") as file:
        if stream.read() != file.read():
            sys.exit(f"{packed} differs")
print(f"same {len(paths) // 2}")
end()
