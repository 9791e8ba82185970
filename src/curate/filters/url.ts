/**
 * Filter `url`: URLFilter of datatrove 0.10.1, with a list of the user's (setting `urlBlocklist`). A domain covers all
 * names below it; the reference covers those of a registered domain only, by the public suffix list.
 */
import type { Curated, OpenStep } from "../step.ts";
import { openMeasured } from "./shared/measured.ts";
import { readList } from "./shared/word-list.ts";

interface Blocklist {
  domains: Set<string>;
  urls: Set<string>;
  /** Refused when they are a whole word of the URL. */
  words: Set<string>;
  /** Refused when two of them are. */
  softWords: Set<string>;
  /** Refused anywhere, even across the marks of the URL. */
  subwords: string[];
}

/**
 * Drops documents by their URL (`url` or `source_url` of the metadata, or a uri with a host); without one they stay.
 * A line of the list with a slash is a URL, one with a dot a domain with all that is below it, any other a word;
 * `soft:word` counts only together with another one, `subword:word` is looked for inside words.
 */
const open: OpenStep = async (settings) => {
  const list = parseBlocklist(await readList(settings.urlBlocklist, "urlBlocklist", "url"));
  return openMeasured(
    {
      name: "url",
      limits: () => ({ maxDomains: 0, maxUrls: 0, maxWords: 0, maxSoftWords: 1, maxSubwords: 0 }),
      measure: (item) => measure(urlOf(item), list),
      rules: [
        { reason: "domain", measure: "domains", max: "maxDomains" },
        { reason: "url", measure: "urls", max: "maxUrls" },
        { reason: "word", measure: "words", max: "maxWords" },
        { reason: "soft-words", measure: "softWords", max: "maxSoftWords" },
        { reason: "subword", measure: "subwords", max: "maxSubwords" },
      ],
    },
    settings,
  );
};
export default open;

function parseBlocklist(lines: readonly string[]): Blocklist {
  const list: Blocklist = { domains: new Set(), urls: new Set(), words: new Set(), softWords: new Set(), subwords: [] };
  for (const line of lines) {
    const [, kind, value] = /^(soft|subword):(.+)$/.exec(line) ?? [];
    if (kind === "soft") list.softWords.add(normalized(value!));
    else if (kind === "subword") list.subwords.push(normalized(value!));
    else if (line.includes("/")) list.urls.add(line);
    else if (line.includes(".")) list.domains.add(line.toLowerCase());
    else list.words.add(normalized(line));
  }
  return list;
}

function urlOf({ document }: Curated): string | undefined {
  for (const key of ["url", "source_url"]) {
    const value = document.metadata[key];
    if (typeof value === "string" && value !== "") return value;
  }
  return /^https?:\/\//.test(document.uri) ? document.uri : undefined;
}

function measure(url: string | undefined, list: Blocklist) {
  const scores = { domains: 0, urls: 0, words: 0, softWords: 0, subwords: 0 };
  if (url === undefined) return scores;
  const host = hostOf(url);
  if (list.domains.has(host)) scores.domains++;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    if (list.domains.has(host.slice(dot + 1))) scores.domains++;
  }
  if (list.urls.has(url)) scores.urls = 1;
  for (const word of new Set(url.split(/[^a-zA-Z0-9]+/))) {
    if (list.words.has(word)) scores.words++;
    if (list.softWords.has(word)) scores.softWords++;
  }
  const joined = normalized(url);
  for (const subword of list.subwords) if (joined.includes(subword)) scores.subwords++;
  return scores;
}

function hostOf(url: string): string {
  const [, host = ""] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/)?(?:[^/?#@]*@)?([^/?#:]*)/i.exec(url) ?? [];
  return host.toLowerCase().replace(/\.$/, "");
}

function normalized(text: string): string {
  return text.replace(/[^a-zA-Z0-9]+/g, "").toLowerCase();
}
