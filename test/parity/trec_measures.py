"""Measures of rankings by pytrec_eval: cases on stdin, one list of figures per case on stdout.

in:  [{"ranking": ["d3", ...], "qrels": {"d3": 2, ...}}, ...]
out: [[ndcg_cut_10, recall_10, recall_100, recip_rank, map], ...]
"""

import json
import sys

import pytrec_eval

MEASURES = ("ndcg_cut_10", "recall_10", "recall_100", "recip_rank", "map")

cases = json.load(sys.stdin)
qrels = {str(i): case["qrels"] for i, case in enumerate(cases)}
runs = {str(i): {d: float(-r) for r, d in enumerate(case["ranking"])} for i, case in enumerate(cases)}
found = pytrec_eval.RelevanceEvaluator(qrels, set(MEASURES)).evaluate(runs)
print(json.dumps([[found.get(str(i), {}).get(m, 0.0) for m in MEASURES] for i in range(len(cases))]))
