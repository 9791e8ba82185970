/** Documents made in tests. */
import type { Document, Segment } from "../../src/core/document.ts";

export function documentOf(text: string, kind = "text", segments: Segment[] = []): Document {
  return { uri: "docs/example", kind, title: "Example", lang: "en", text, segments, row: null, metadata: {} };
}
