"""Reads statements as a JSON list; gives for each its fingerprint, tables and columns by libpg_query, or its error."""
import json
import sys

from pglast import ast, parse_sql
from pglast.parser import fingerprint
from pglast.visitors import Visitor, referenced_relations


class Columns(Visitor):
    def __init__(self):
        super().__init__()
        self.columns, self.aliases, self.named = set(), set(), set()

    def visit_ColumnRef(self, ancestors, node):
        last = node.fields[-1]
        if isinstance(last, ast.String):
            self.columns.add(last.sval)

    def name(self, targets):
        for target in targets or ():
            self.columns.add(target.name)
            self.named.add(id(target))

    def visit_InsertStmt(self, ancestors, node):
        self.name(node.cols)

    def visit_UpdateStmt(self, ancestors, node):
        self.name(node.targetList)

    def visit_OnConflictClause(self, ancestors, node):
        self.name(node.targetList)

    def visit_MergeWhenClause(self, ancestors, node):
        self.name(node.targetList)

    def visit_JoinExpr(self, ancestors, node):
        self.columns.update(name.sval for name in node.usingClause or ())

    def visit_ResTarget(self, ancestors, node):
        if node.name and id(node) not in self.named:
            self.aliases.add(node.name)

    def visit_InferClause(self, ancestors, node):
        self.columns.update(element.name for element in node.indexElems or () if element.name)

    def visit_Alias(self, ancestors, node):
        self.aliases.add(node.aliasname)
        for name in node.colnames or ():
            self.aliases.add(name.sval)

    def visit_RangeVar(self, ancestors, node):
        self.aliases.add(node.relname)

    def visit_CommonTableExpr(self, ancestors, node):
        self.aliases.add(node.ctename)
        for name in node.aliascolnames or ():
            self.aliases.add(name.sval)


for sql in json.load(sys.stdin):
    try:
        tree = parse_sql(sql)
        visitor = Columns()
        visitor(tree)
        tables = sorted(name.replace('"', '') for name in referenced_relations(sql))
        columns = sorted(visitor.columns - visitor.aliases)
        print(json.dumps({"fingerprint": fingerprint(sql), "tables": tables, "columns": columns}))
    except Exception as error:
        print(json.dumps({"error": str(error)}))
