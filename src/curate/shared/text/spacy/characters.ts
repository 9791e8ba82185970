/**
 * Character classes of spaCy's English tokenizer (spacy/lang/char_classes.py, 3.8, MIT licence), as a table of bits.
 * Only what a rule of the tokenizer asks for is here.
 */

export const alpha = 1;
export const lower = 2;
export const upper = 4;
/** 0 to 9, which is what the tokenizer's rules mean by digits. */
export const digit = 8;
export const prefix = 16;
export const suffix = 32;
export const icon = 64;
export const quote = 128;
/** What may stand before a full stop that is split off. */
export const beforeStop = 256;
export const currency = 512;

const caselessScripts = [
  "\\u1200-\\u137F\\u0980-\\u09FF\\u0591-\\u05F4\\uFB1D-\\uFB4F", // Ethiopic, Bengali, Hebrew
  "\\u0620-\\u064A\\u066E-\\u06D5\\u06E5-\\u06FF\\u0750-\\u077F\\u08A0-\\u08BD\\uFB50-\\uFBB1\\uFBD3-\\uFD3D", // Persian
  "\\uFD50-\\uFDC7\\uFDF0-\\uFDFB\\uFE70-\\uFEFC\\u{1EE00}-\\u{1EEBB}",
  "\\u0D80-\\u0DFF\\u0900-\\u097F\\u0C80-\\u0CFF\\u0B80-\\u0BFF\\u0C00-\\u0C7F", // Sinhala, Hindi, Kannada, Tamil, Telugu
  "\\uAC00-\\uD7AF\\u1100-\\u11FF\\u3040-\\u309F\\u30A0-\\u30FF", // Hangul, kana
  "\\u4E00-\\u9FFF\\u3400-\\u4DBF\\u2E80-\\u2EFF\\u2F00-\\u2FDF\\u2FF0-\\u2FFF\\u3000-\\u303F\\u31C0-\\u31EF", // ideographs
  "\\u3200-\\u32FF\\u3300-\\u33FF\\uF900-\\uFAFF\\uFE30-\\uFE4F\\u{1F200}-\\u{1F2FF}\\u{2F800}-\\u{2FA1F}",
  "\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2EBEF}",
].join("");

/** Lower-case Latin letters up to the blocks that spaCy lists, and the Cyrillic and Greek ones that it names. */
const lowerLetters =
  "a-z\\uFF41-\\uFF5A\\u00DF-\\u00F6\\u00F8-\\u00FF\\u0250-\\u02AF\\u1D00-\\u1D25\\u1D6B-\\u1D77\\u1D79-\\u1D9A\\uAB30-\\uAB5A\\uAB60-\\uAB64" +
  "ёа-яәөүҗңһα-ωάέίόώήύщюяіїєґѓѕјљњќѐѝ";
const upperLetters = "A-Z\\uFF21-\\uFF3A\\u00C0-\\u00D6\\u00D8-\\u00DEЁА-ЯӘӨҮҖҢҺΑ-ΩΆΈΊΌΏΉΎЩЮЯІЇЄҐЃЅЈЉЊЌЀЍ";
/** Extended Latin blocks, where upper and lower case alternate. */
const casedBlocks =
  "[\\u0100-\\u01BF\\u01C4-\\u024F\\u1E00-\\u1EFF\\u2C60-\\u2C7B\\u2C7E\\u2C7F\\uA722-\\uA76F\\uA771-\\uA787\\uA78B-\\uA78E\\uA790-\\uA7B9\\uA7FA]";

const punctuationMarks = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪";
const quotes = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉\u2329\u232A⟦⟧";
const currencies = "$£€¥฿₽﷼₴₠₡₢₣₤₥₦₧₨₩₪₫₭₮₯₰₱₲₳₵₶₷₸₹₺₻₼₾₿";

/** Emoji and other symbols of Unicode 11: newer ones are no icons to spaCy. */
const icons = [
  "\\xA6\\xA9\\xAE\\xB0\\u0482\\u058D\\u058E\\u060E\\u060F\\u06DE\\u06E9\\u06FD\\u06FE\\u07F6\\u09FA\\u0B70\\u0BF3-\\u0BF8\\u0BFA\\u0C7F",
  "\\u0D4F\\u0D79\\u0F01-\\u0F03\\u0F13\\u0F15-\\u0F17\\u0F1A-\\u0F1F\\u0F34\\u0F36\\u0F38\\u0FBE-\\u0FC5\\u0FC7-\\u0FCC\\u0FCE\\u0FCF",
  "\\u0FD5-\\u0FD8\\u109E\\u109F\\u1390-\\u1399\\u1940\\u19DE-\\u19FF\\u1B61-\\u1B6A\\u1B74-\\u1B7C\\u2100\\u2101\\u2103-\\u2106\\u2108",
  "\\u2109\\u2114\\u2116\\u2117\\u211E-\\u2123\\u2125\\u2127\\u2129\\u212E\\u213A\\u213B\\u214A\\u214C\\u214D\\u214F\\u218A\\u218B",
  "\\u2195-\\u2199\\u219C-\\u219F\\u21A1\\u21A2\\u21A4\\u21A5\\u21A7-\\u21AD\\u21AF-\\u21CD\\u21D0\\u21D1\\u21D3\\u21D5-\\u21F3",
  "\\u2300-\\u2307\\u230C-\\u231F\\u2322-\\u2328\\u232B-\\u237B\\u237D-\\u239A\\u23B4-\\u23DB\\u23E2-\\u2426\\u2440-\\u244A\\u249C-\\u24E9",
  "\\u2500-\\u25B6\\u25B8-\\u25C0\\u25C2-\\u25F7\\u2600-\\u266E\\u2670-\\u2767\\u2794-\\u27BF\\u2800-\\u28FF\\u2B00-\\u2B2F\\u2B45\\u2B46",
  "\\u2B4D-\\u2B73\\u2B76-\\u2B95\\u2B98-\\u2BC8\\u2BCA-\\u2BFE\\u2CE5-\\u2CEA\\u2E80-\\u2E99\\u2E9B-\\u2EF3\\u2F00-\\u2FD5\\u2FF0-\\u2FFB",
  "\\u3004\\u3012\\u3013\\u3020\\u3036\\u3037\\u303E\\u303F\\u3190\\u3191\\u3196-\\u319F\\u31C0-\\u31E3\\u3200-\\u321E\\u322A-\\u3247",
  "\\u3250\\u3260-\\u327F\\u328A-\\u32B0\\u32C0-\\u32FE\\u3300-\\u33FF\\u4DC0-\\u4DFF\\uA490-\\uA4C6\\uA828-\\uA82B\\uA836\\uA837\\uA839",
  "\\uAA77-\\uAA79\\uFDFD\\uFFE4\\uFFE8\\uFFED\\uFFEE\\uFFFC\\uFFFD\\u{10137}-\\u{1013F}\\u{10179}-\\u{10189}\\u{1018C}-\\u{1018E}",
  "\\u{10190}-\\u{1019B}\\u{101A0}\\u{101D0}-\\u{101FC}\\u{10877}\\u{10878}\\u{10AC8}\\u{1173F}\\u{16B3C}-\\u{16B3F}\\u{16B45}\\u{1BC9C}",
  "\\u{1D000}-\\u{1D0F5}\\u{1D100}-\\u{1D126}\\u{1D129}-\\u{1D164}\\u{1D16A}-\\u{1D16C}\\u{1D183}\\u{1D184}\\u{1D18C}-\\u{1D1A9}",
  "\\u{1D1AE}-\\u{1D1E8}\\u{1D200}-\\u{1D241}\\u{1D245}\\u{1D300}-\\u{1D356}\\u{1D800}-\\u{1D9FF}\\u{1DA37}-\\u{1DA3A}\\u{1DA6D}-\\u{1DA74}",
  "\\u{1DA76}-\\u{1DA83}\\u{1DA85}\\u{1DA86}\\u{1ECAC}\\u{1F000}-\\u{1F02B}\\u{1F030}-\\u{1F093}\\u{1F0A0}-\\u{1F0AE}\\u{1F0B1}-\\u{1F0BF}",
  "\\u{1F0C1}-\\u{1F0CF}\\u{1F0D1}-\\u{1F0F5}\\u{1F110}-\\u{1F16B}\\u{1F170}-\\u{1F1AC}\\u{1F1E6}-\\u{1F202}\\u{1F210}-\\u{1F23B}",
  "\\u{1F240}-\\u{1F248}\\u{1F250}\\u{1F251}\\u{1F260}-\\u{1F265}\\u{1F300}-\\u{1F3FA}\\u{1F400}-\\u{1F6D4}\\u{1F6E0}-\\u{1F6EC}",
  "\\u{1F6F0}-\\u{1F6F9}\\u{1F700}-\\u{1F773}\\u{1F780}-\\u{1F7D8}\\u{1F800}-\\u{1F80B}\\u{1F810}-\\u{1F847}\\u{1F850}-\\u{1F859}",
  "\\u{1F860}-\\u{1F887}\\u{1F890}-\\u{1F8AD}\\u{1F900}-\\u{1F90B}\\u{1F910}-\\u{1F93E}\\u{1F940}-\\u{1F970}\\u{1F973}-\\u{1F976}\\u{1F97A}",
  "\\u{1F97C}-\\u{1F9A2}\\u{1F9B0}-\\u{1F9B9}\\u{1F9C0}-\\u{1F9C2}\\u{1F9D0}-\\u{1F9FF}\\u{1FA60}-\\u{1FA6D}",
].join("");

/** Lower-case letters and letters without case, as a class for use inside a regular expression with the flag `v`. */
export const lowerClass = `[${lowerLetters}${caselessScripts}[${casedBlocks}&&\\p{Ll}]\\u01C6\\u01C9\\u01CC\\u01F3]`;

const TABLE_LENGTH = 0x10000;
const patterns: readonly [RegExp, number][] = [
  [new RegExp(lowerClass, "v"), lower | alpha | beforeStop],
  [new RegExp(`[${upperLetters}${caselessScripts}[${casedBlocks}&&\\p{Lu}]]`, "v"), upper | alpha],
  [new RegExp(casedBlocks, "v"), alpha],
  [/[0-9]/v, digit | beforeStop],
  [new RegExp(`[${icons}]`, "v"), icon | prefix | suffix],
];

const table = buildTable();

/** Class bits of a UTF-16 code unit that is no surrogate, or of a whole code point. */
export function classOf(codePoint: number): number {
  return codePoint < TABLE_LENGTH ? table[codePoint]! : matchPatterns(codePoint);
}

function matchPatterns(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  return patterns.reduce((bits, [pattern, bit]) => (pattern.test(character) ? bits | bit : bits), 0);
}

function buildTable(): Uint16Array {
  const bits = new Uint16Array(TABLE_LENGTH);
  const units = Array.from({ length: TABLE_LENGTH }, (_, unit) => (unit >= 0xd800 && unit < 0xe000 ? 0 : unit));
  const all = Array.from({ length: 64 }, (_, i) => String.fromCharCode(...units.slice(i * 1024, i * 1024 + 1024))).join(
    "",
  );
  for (const [pattern, bit] of patterns) {
    for (const { 0: run, index } of all.matchAll(new RegExp(`${pattern.source}+`, "gv"))) {
      for (let unit = index; unit < index + run.length; unit++) bits[unit] = bits[unit]! | bit;
    }
  }
  const add = (characters: string, bit: number) => {
    for (const character of characters) bits[character.charCodeAt(0)] = bits[character.charCodeAt(0)]! | bit;
  };
  add("§%=—–", prefix);
  add("—–", suffix);
  add(punctuationMarks, prefix | suffix | beforeStop);
  add(quotes, prefix | suffix | quote | beforeStop);
  add(currencies, prefix | currency);
  // The class of spaCy's rule for full stops takes the marks of its own group syntax in.
  add("%²-+|(?:)", beforeStop);
  return bits;
}
