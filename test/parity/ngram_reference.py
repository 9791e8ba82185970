#!/usr/bin/env python3
"""n-gram models in plain dictionaries: an independent reference for training and for scoring.

usage: ngram_reference.py train ORDER < lines > model.arpa
       ngram_reference.py score MODEL.arpa < lines > one "log10 words unknown" per line
Training is Chen and Goodman's modified Kneser-Ney, interpolated; scoring is back-off as ARPA defines it.
"""

import collections
import math
import sys


def discounts(counts):
    n = collections.Counter(count for count in counts if 1 <= count <= 4)
    try:
        y = n[1] / (n[1] + 2 * n[2])
        found = [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
    except ZeroDivisionError:
        return [0, 0.5, 1, 1.5]
    return [0, *found] if all(0 <= d <= k + 1 for k, d in enumerate(found)) else [0, 0.5, 1, 1.5]


def train(lines, order):
    sentences = [["<s>", *line.split(), "</s>"] for line in lines if line.split()]
    raw = [collections.Counter() for _ in range(order + 1)]
    for sentence in sentences:
        for n in range(1, order + 1):
            for i in range(len(sentence) - n + 1):
                raw[n][tuple(sentence[i : i + n])] += 1
    adjusted = [None] * (order + 1)
    adjusted[order] = {gram: count for gram, count in raw[order].items() if gram != ("<s>",)}
    for n in range(1, order):
        before = collections.defaultdict(set)
        for gram in raw[n + 1]:
            before[gram[1:]].add(gram[0])
        adjusted[n] = {g: raw[n][g] if g[0] == "<s>" else len(before[g]) for g in raw[n] if g != ("<s>",)}
    words = sorted({gram[0] for gram in raw[1]} - {"<s>"}) + ["<unk>"]
    discount = [None] + [discounts(adjusted[n].values()) for n in range(1, order + 1)]
    followers = [collections.defaultdict(list) for _ in range(order + 1)]
    for n in range(1, order + 1):
        for gram, count in adjusted[n].items():
            followers[n - 1][gram[:-1]].append(count)

    def backoff(context):
        counts = followers[len(context)].get(context)
        if not counts:
            return 1
        d = discount[len(context) + 1]
        return sum(d[min(3, count)] for count in counts) / sum(counts)

    probability = {("<unk>",): backoff(()) / len(words)}
    for n in range(1, order + 1):
        for gram, count in sorted(adjusted[n].items()):
            own = (count - discount[n][min(3, count)]) / sum(followers[n - 1][gram[:-1]])
            shorter = probability[gram[1:]] if n > 1 else 1 / len(words)
            probability[gram] = own + backoff(gram[:-1]) * shorter
    grams = [sorted(g for g in probability if len(g) == n) for n in range(1, order + 1)]
    print("\\data\\")
    for n in range(1, order + 1):
        print(f"ngram {n}={len(grams[n - 1]) + (n == 1)}")
    for n in range(1, order + 1):
        print(f"\n\\{n}-grams:")
        if n == 1:
            print(f"-99\t<s>\t{math.log10(backoff(('<s>',))) if order > 1 else 0:.7g}")
        for gram in grams[n - 1]:
            tail = f"\t{math.log10(backoff(gram)):.7g}" if n < order else ""
            print(f"{math.log10(probability[gram]):.7g}\t{' '.join(gram)}{tail}")
    print("\n\\end\\")


def read(path):
    order, table = 0, {}
    for line in open(path, encoding="utf-8"):
        line = line.strip()
        if line.endswith("-grams:"):
            order = int(line[1:].split("-")[0])
        elif order and line and not line.startswith("\\"):
            fields = line.split()
            gram, rest = tuple(fields[1 : 1 + order]), fields[1 + order :]
            table[gram] = (max(-99.0, float(fields[0])), float(rest[0]) if rest else 0.0)
    return order, table


def log10_of(table, gram):
    if gram in table:
        return table[gram][0]
    if len(gram) == 1:
        return -100.0
    return table.get(gram[:-1], (0, 0.0))[1] + log10_of(table, gram[1:])


def score(lines, path):
    order, table = read(path)
    for line in lines:
        words = ["<s>"] + [word if (word,) in table else "<unk>" for word in line.split()] + ["</s>"]
        total = sum(log10_of(table, tuple(words[max(0, i + 1 - order) : i + 1])) for i in range(1, len(words)))
        print(total, len(words) - 1, words.count("<unk>"))


lines = [line.rstrip("\n") for line in sys.stdin]
if sys.argv[1] == "train":
    train(lines, int(sys.argv[2]))
else:
    score(lines, sys.argv[2])
