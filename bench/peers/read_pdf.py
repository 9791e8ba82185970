"""Reads PDFs with pypdf or pdfplumber and prints the CPU seconds: read_pdf.py pypdf|pdfplumber FILE..."""

import sys
import time
from importlib.metadata import version

name, files = sys.argv[1], sys.argv[2:]
if name == "pypdf":
    from pypdf import PdfReader as open_pdf
else:
    from pdfplumber import open as open_pdf

start = time.process_time()
for file in files:
    for page in open_pdf(file).pages:
        page.extract_text()
print(f"{name} {version(name)}\t{time.process_time() - start:.3f}")
