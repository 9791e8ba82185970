/** Files inside eld that its `exports` do not name; its tests hold that they still mean what they meant. */
declare module "*/node_modules/eld/src/ngrams/large.js" {
  const source: string;
  export default source;
}
declare module "*/node_modules/eld/src/dictionary.js" {
  /** A character for each byte. */
  export const dictionary: readonly string[];
}
declare module "*/node_modules/eld/src/regexPatterns.js" {
  /** Everything between words. */
  export const separators: RegExp;
}
declare module "*/node_modules/eld/src/avgScore.js" {
  /** Score of a correct detection by language. */
  export const avgScore: Readonly<Record<string, number>>;
}
