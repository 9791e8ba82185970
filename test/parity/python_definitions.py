"""What Python's own parser finds in source files: one JSON line per file named on stdin.

`--stdlib N` prints the paths of N files of the interpreter's library instead, evenly spread.
"""

import ast
import json
import pathlib
import sys
import sysconfig


def stdlib(count):
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in root.glob("**/*.py") if "site-packages" not in path.parts)
    for path in files[:: max(1, len(files) // count)][:count]:
        print(path)


def definitions(tree):
    found = []

    def visit(node, scope):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                name = f"{scope}.{child.name}" if scope else child.name
                doc = ast.get_docstring(child, clean=True)
                found.append([name, isinstance(child, ast.ClassDef), child.lineno, child.end_lineno, doc or ""])
                visit(child, name)
            else:
                visit(child, scope)

    visit(tree, "")
    return sorted(found, key=lambda row: (row[2], -row[3]))


def imports(tree):
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append("." * node.level + node.module)
        elif isinstance(node, ast.ImportFrom):
            names += ["." * node.level + alias.name for alias in node.names]
    return sorted(set(names))


def main():
    if sys.argv[1:2] == ["--stdlib"]:
        return stdlib(int(sys.argv[2]))
    for line in sys.stdin:
        try:
            tree = ast.parse(pathlib.Path(line.strip()).read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            print("null")
            continue
        print(json.dumps({"definitions": definitions(tree), "imports": imports(tree)}))


main()
