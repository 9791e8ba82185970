"""Dequantizes blocks by the `gguf` package: a type's name a line on stdin, nanoseconds of CPU time per number a line."""

import sys
import time

import gguf
import numpy as np
from gguf.quants import dequantize

NUMBERS, CALLS = 4_194_304, 8

for line in sys.stdin:
    kind = gguf.GGMLQuantizationType[line.strip()]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    data = np.full((1, NUMBERS // elements * size), 0x31, dtype=np.uint8)
    if kind == gguf.GGMLQuantizationType.F16:
        data = data.view(np.float16)
    start = time.process_time()
    for _ in range(CALLS):
        dequantize(data, kind)
    print((time.process_time() - start) / CALLS / NUMBERS * 1e9, flush=True)
