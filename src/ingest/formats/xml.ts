/** XML: its text, one line per element, named by its element where it is short. */

import { SaxesParser } from "saxes";
import { messageOf } from "../../core/errors.ts";
import type { Format } from "./format.ts";
import { BlockWriter } from "./shared/block-writer.ts";
import { cleanTitle, fileDocument, joinNotes, readText } from "./shared/document.ts";
import { extensions } from "./shared/names.ts";

const xml: Format = {
  name: "xml",
  extensions: extensions.xml,
  binary: false,
  rows: false,
  async *read(input, options) {
    const decoded = await readText(input, options, /^<\?xml[^>]*encoding\s*=\s*["']([\w-]+)/);
    try {
      const { writer, title } = render(decoded.text);
      yield fileDocument(input, decoded, { kind: "xml", title, text: writer.text, segments: writer.segments });
    } catch (error) {
      const note = joinNotes(decoded.note, `not well-formed XML, kept as text: ${messageOf(error)}`);
      yield fileDocument(input, { ...decoded, ...note }, { kind: "xml", text: decoded.text });
    }
  },
};
export default xml;

/** Elements whose name adds nothing to their text. */
const UNNAMED = new Set(["p", "para", "simpara", "text", "body", "content", "item", "li", "span", "div", "tspan"]);

interface Open {
  name: string;
  attributes: string;
  /** Has text of its own: what is inside is part of a sentence. */
  mixed: boolean;
  inline: boolean;
}

function render(source: string): { writer: BlockWriter; title: string } {
  const writer = new BlockWriter();
  const parser = new SaxesParser({ fragment: false, position: true });
  const open: Open[] = [];
  let title = "";
  // A text event comes at its end; it started where the event before it ended.
  let line = 1;

  const write = (text: string) => {
    const element = open.at(-1);
    if (text.trim() !== "" && element) {
      if (!element.mixed && !element.inline) label(element);
      element.mixed = true;
      if (title === "" && /(^|:)title$/i.test(element.name)) title = cleanTitle(text);
    }
    writer.inline(text, line);
    line = parser.line;
  };
  const label = ({ name, attributes }: Open) => {
    const shown = UNNAMED.has(name) ? attributes : [name, attributes].filter(Boolean).join(" ");
    if (shown !== "") writer.inline(`${shown}: `, line);
  };

  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    const above = open.at(-1);
    const inline = above !== undefined && (above.mixed || above.inline);
    if (!inline) writer.break(1);
    const attributes = Object.entries(tag.attributes)
      .filter(([name, value]) => value.length <= 100 && !/^xmlns|^xml:|^(class|style|d|points|transform)$/.test(name))
      .map(([name, value]) => `${name}=${value}`)
      .slice(0, 5);
    open.push({ name: tag.name, attributes: attributes.join(" "), mixed: false, inline });
    line = parser.line;
  });
  parser.on("closetag", () => {
    if (!open.pop()?.inline) writer.break(1);
    line = parser.line;
  });
  parser.on("text", write);
  parser.on("cdata", write);
  parser.on("comment", () => {
    line = parser.line;
  });
  parser.on("processinginstruction", () => {
    line = parser.line;
  });
  parser.on("doctype", () => {
    line = parser.line;
  });
  parser.write(source).close();
  return { writer, title };
}
