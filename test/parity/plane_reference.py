"""The two main directions of rows by numpy's SVD: rows as JSON on stdin; coordinates up to sign and shares of variance."""
import json
import sys

import numpy

results = []
for rows in json.load(sys.stdin):
    x = numpy.array(rows, dtype=numpy.float32).astype(numpy.float64)
    x -= x.mean(axis=0)
    _, s, vt = numpy.linalg.svd(x, full_matrices=False)
    for row in vt[:2]:
        if row[numpy.argmax(numpy.abs(row))] < 0:
            row *= -1
    results.append({"points": (x @ vt[:2].T).tolist(), "variance": (s[:2] ** 2 / (s**2).sum()).tolist()})
json.dump(results, sys.stdout)
print()
