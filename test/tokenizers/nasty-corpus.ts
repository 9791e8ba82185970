/** Lines that break tokenizers, the same ones on every run. */

/** A small generator with a fixed seed (mulberry32): values in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const FIXED = [
  "",
  " ",
  "\t\n\r",
  "\0",
  "a\0b",
  "[CLS] [MASK] [SEP] [PAD] [UNK]",
  "[CLS][CLS]x[MASK]y [cls] [ MASK ] [[MASK]]",
  "pre[MASK]fix##ing ##ing #",
  "Ångström Ångström ÅNGSTRÖM naïve naïve",
  "İstanbul ISTANBUL ıı ẞß ŒŸ ŉ ǰ ΐ ﬁﬂ ΑΣ ΣΑΣ",
  "한국어 각 각 ᄀᄀ ᅡ ᆨ ㄱ",
  "中文字符 日本語テスト 㐀 𠀀 豈 丽 ⼀",
  "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷 👍🏽 ❤️ 1️⃣",
  "\u202eabc\u202c \u200bzero\u200bwidth\u200d \ufeffbom \u00adsoft\u00adhyphen",
  "مرحبا بالعالم שָׁלוֹם עולם",
  "नमस्ते ক্ষ தமிழ் ไทย ကြည့် ខ្មែរ བོད་",
  "a\ud800b \udc00 \ud83d x\udfff\ud800",
  "\u037e\u1fef\u0387\u2000\u2001\u3000\u0085\u2028\u2029\u180e",
  "\u302e\u0301a\u0301\u302e\u0316 \u0344\u0f73\u0f75 \u1d165\u{1d165}\u{1d16e}\u0323",
  "\u0378\u{e0001}\u{10ffff}\ue000\uffff\ufffe\u{1fffe}",
  "don't stop—“quoted” ‘x’ … e.g. 3.14 50% $5 #tag @user a_b C++ x=y; <html> &amp; \\n `c`",
  "http://example.com/a?b=c&d=%20#e 192.168.0.1 user@example.com 2024-01-01T00:00:00Z",
];

/** Code points worth mixing: blocks where normalization, case, width or breaking is special. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x00, 0x7f],
  [0x61, 0x7a],
  [0x80, 0x24f],
  [0x250, 0x36f],
  [0x370, 0x5ff],
  [0x600, 0x8ff],
  [0x900, 0xdff],
  [0xe00, 0x11ff],
  [0x1200, 0x1aff],
  [0x1ab0, 0x1fff],
  [0x2000, 0x2bff],
  [0x2c00, 0x2fff],
  [0x3000, 0x33ff],
  [0x3400, 0x9fff],
  [0xa000, 0xabff],
  [0xac00, 0xd7ff],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0xf900, 0xffff],
  [0x10000, 0x11fff],
  [0x16f00, 0x1d3ff],
  [0x1e000, 0x1ffff],
  [0x20000, 0x2fa1f],
  [0xe0000, 0x10ffff],
];
const GLUE = ["", "", "", " ", " ", "-", "\u200d", "\u0301", "\u0327", "\u302e", "\0", "'", "\t", "[MASK]", "##", "e"];

export function nastyCorpus(lines: number): string[] {
  const random = seeded(20_260_101);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const character = ([first, last]: readonly [number, number]) =>
    String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
  const corpus = [
    ...FIXED,
    "x".repeat(10_000),
    "é".repeat(10_000),
    "中é".repeat(5_000),
    "ก".repeat(101),
    "a".repeat(100),
  ];
  corpus.push(
    "a".repeat(101),
    `${"b".repeat(99)}é`,
    `${"b".repeat(100)}é`,
    "[MASK]".repeat(400),
    "👩‍👩‍👧‍👦".repeat(500),
  );
  while (corpus.length < lines) {
    const blocks = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(BLOCKS));
    let line = "";
    for (let n = 1 + Math.floor(random() * 40); n > 0; n--) line += character(pick(blocks)) + pick(GLUE);
    const form = pick(["", "", "NFC", "NFD", "NFKC"]);
    corpus.push(form ? line.normalize(form) : line);
  }
  return corpus;
}

/** Lines that together hold every code point, each in a word, after a letter and before a mark. */
export function everyCodePoint(stride = 1): string[] {
  const lines: string[] = [];
  let line = "";
  for (let c = 0; c < 0x110000; c += c < 0x3100 ? 1 : stride) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    line += `q${String.fromCodePoint(c)}\u0301Z `;
    if (line.length > 2_000) {
      lines.push(line);
      line = "";
    }
  }
  return [...lines, line];
}

if (import.meta.main) {
  for (const text of nastyCorpus(140)) if (text.length < 1_000) console.log(JSON.stringify(text.toWellFormed()));
}
