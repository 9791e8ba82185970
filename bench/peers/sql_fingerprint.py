"""Times libpg_query (pglast) over statements on stdin, a JSON list: microseconds of processor time per statement."""
import json
import sys
import time

from pglast.parser import fingerprint, normalize

statements = json.load(sys.stdin)
for name, function in (("fingerprint", fingerprint), ("normalize", normalize)):
    groups = set()
    begun = time.process_time()
    for statement in statements:
        groups.add(function(statement))
    used = time.process_time() - begun
    print(json.dumps({"name": name, "us": used / len(statements) * 1e6, "groups": len(groups)}))
