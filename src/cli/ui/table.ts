/** Rows in columns. */

/** Pads by what a terminal shows, not by code units; the last column stays ragged. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (column === row.length - 1 ? 0 : Bun.stringWidth(row[column] ?? "")))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + " ".repeat(Math.max(0, widths[column]! - Bun.stringWidth(cell)))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
