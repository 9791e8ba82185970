/** What of word-extractor 1.0.4 is used; it has no types of its own. */
declare module "word-extractor" {
  interface Options {
    /** Whether typographic quotes become plain ones. */
    filterUnicode?: boolean;
  }
  interface Extracted {
    getBody(options?: Options): string;
    getFootnotes(options?: Options): string;
    getEndnotes(options?: Options): string;
    getTextboxes(options?: Options & { includeHeadersAndFooters?: boolean }): string;
  }
  export default class WordExtractor {
    extract(source: Buffer): Promise<Extracted>;
  }
}
