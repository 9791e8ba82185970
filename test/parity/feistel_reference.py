#!/usr/bin/env python3
"""The loader's computed order once more, in Python integers: what other programs need to follow it.

usage: feistel_reference.py < lines of JSON; prints one JSON list of elements per line
[size, [words], [positions]]: elements of one permutation
{"size", "block", "window", "seed", "epoch", "salt"}: the samples of a whole epoch
"""

import json
import sys

MASK = 0xFFFFFFFF
ROUNDS = 8
BLOCKS, WINDOWS = 0, 1


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


def epoch_order(size, block, window, seed, epoch, salt):
    """All blocks in the order of one permutation, laid end to end, then each window of that line permuted."""
    blocks = -(-size // block)
    keys = round_keys([seed, epoch, BLOCKS, salt])
    line = []
    for place in range(blocks):
        start = element(blocks, keys, place) * block
        line.extend(range(start, min(start + block, size)))
    order = []
    for index, start in enumerate(range(0, size, block * window)):
        part = line[start : start + block * window]
        keys = round_keys([seed, epoch, WINDOWS, salt, index])
        order.extend(part[element(len(part), keys, position)] for position in range(len(part)))
    return order


for text in sys.stdin:
    question = json.loads(text)
    if isinstance(question, dict):
        print(json.dumps(epoch_order(**question)))
        continue
    size, words, positions = question
    keys = round_keys(words)
    print(json.dumps([element(size, keys, position) for position in positions]))
