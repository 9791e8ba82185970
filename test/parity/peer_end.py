"""How scripts end that have used pyarrow."""

import os
import sys


def end():
    """Ends the process with status 0, not through the interpreter's end: there pyarrow's threads, hardly started,
    abort one short process in some hundreds, after it has printed all."""
    sys.stdout.flush()
    os._exit(0)
