#!/usr/bin/env python3
"""The loader's computed permutation once more, in Python integers: what other programs need to follow its order.

usage: feistel_reference.py < lines of JSON [size, [words], [positions]]; prints one JSON list of elements per line.
"""

import json
import sys

MASK = 0xFFFFFFFF
ROUNDS = 8


def mix(x):
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & MASK
    return x ^ (x >> 16)


def round_keys(words):
    a, b = 0x9E3779B9, 0x243F6A88
    for word in words:
        for half in (word & MASK, word >> 32):
            a = (mix(a ^ half) + 0x9E3779B9) & MASK
            b = mix(((b ^ half) * 0x2C1B3C6D + a) & MASK)
    return [mix((a + r * 0x9E3779B9) & MASK) ^ mix(b ^ ((r + 1) * 0x85157AF5 & MASK)) for r in range(ROUNDS)]


def element(size, keys, x):
    bits = (size - 1).bit_length()
    low_bits = bits // 2
    high_mask, low_mask = (1 << (bits - low_bits)) - 1, (1 << low_bits) - 1
    while True:
        high, low = x >> low_bits, x & low_mask
        for r in range(0, ROUNDS, 2):
            high ^= mix(low ^ keys[r]) & high_mask
            low ^= mix(high ^ keys[r + 1]) & low_mask
        x = high << low_bits | low
        if x < size:
            return x


for line in sys.stdin:
    size, words, positions = json.loads(line)
    keys = round_keys(words)
    print(json.dumps([element(size, keys, position) for position in positions]))
