#!/usr/bin/env python3
"""Writes src/tokenizers/unicode-tables.ts: the character properties that the Rust `tokenizers` library uses.

usage: unicode_tables.py > src/tokenizers/unicode-tables.ts                   (takes about a minute)
       unicode_tables.py more > src/tokenizers/more-unicode-tables.ts        (what only other tokenizers than BERT need)

The library carries its own, older Unicode tables, so the properties are asked of the library itself, code point by
code point. Whatever Unicode version the JavaScript engine has then does not matter.
"""

import sys
import unicodedata

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL = range(0xAC00, 0xD7A4)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(value: int) -> str:
    out = ""
    while value >= 36:
        value, digit = divmod(value, 36)
        out = DIGITS[digit] + out
    return DIGITS[value] + out


def ranges(members: list[int]) -> list[tuple[int, int]]:
    out: list[list[int]] = []
    for c in members:
        if out and c == out[-1][1] + 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return [(a, b) for a, b in out]


def encode_set(members: list[int]) -> str:
    """Gap to the range's start, then its length minus one (left out when 0)."""
    out, at = [], 0
    for first, last in ranges(members):
        out.append(base36(first - at) + (":" + base36(last - first) if last > first else ""))
        at = last
    return " ".join(out)


def encode_map(pairs: dict[int, list[int]]) -> str:
    """Gap to the key, then the code points it becomes."""
    out, at = [], 0
    for key in sorted(pairs):
        out.append(base36(key - at) + ":" + ",".join(base36(value) for value in pairs[key]))
        at = key
    return " ".join(out)


def combining_ranks() -> dict[int, list[int]]:
    """Canonical combining classes as the library orders them: 0 for none, else the rank of the class."""
    nfd = normalizers.NFD().normalize_str
    witnesses: dict[int, str] = {}
    for c in CODE_POINTS:
        k = unicodedata.combining(chr(c))
        if k and k not in witnesses and nfd(chr(c)) == chr(c):
            witnesses[k] = chr(c)
    order = [witnesses[k] for k in sorted(witnesses)]
    lowest, highest = order[0], order[-1]
    out = {}
    for c in CODE_POINTS:
        x = chr(c)
        if nfd(x) != x:
            continue
        above = nfd("a" + x + lowest) != "a" + x + lowest
        below = nfd("a" + highest + x) != "a" + highest + x
        if above or below:
            out[c] = [1 + sum(nfd("a" + x + w) != "a" + x + w for w in order)]
    return out


def members(pattern: str) -> list[int]:
    removed = pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str
    return [c for c in CODE_POINTS if not removed(chr(c))]


def more_tables() -> dict[str, tuple[str, str]]:
    nfc = normalizers.NFC().normalize_str
    nfd = normalizers.NFD().normalize_str
    nfkd = normalizers.NFKD().normalize_str
    strip = normalizers.StripAccents().normalize_str
    numeric = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str
    word = pre_tokenizers.Whitespace().pre_tokenize_str
    compatible = {
        c: [ord(x) for x in nfkd(chr(c))]
        for c in CODE_POINTS
        if c not in HANGUL and nfkd(chr(c)) != nfd(chr(c))
    }
    excluded = [c for c in CODE_POINTS if len(nfd(chr(c))) > 1 and nfc(chr(c)) != chr(c)]
    return {
        "LETTERS": ("Code points of \\p{L} in its regular expressions.", encode_set(members(r"\p{L}"))),
        "NUMBERS": ("Code points of \\p{N} in its regular expressions.", encode_set(members(r"\p{N}"))),
        "UNASSIGNED": ("Code points that its regular expressions do not know.", encode_set(members(r"\p{Cn}"))),
        "NUMERIC": ("Code points that the Digits pre-tokenizer sets apart.", encode_set([c for c in CODE_POINTS if len(numeric("a" + chr(c) + "a")) == 3])),
        "WORD": ("Code points of words in the Whitespace pre-tokenizer.", encode_set([c for c in CODE_POINTS if len(word("a" + chr(c) + "a")) == 1])),
        "MARKS": ("Code points that the StripAccents normalizer drops.", encode_set([c for c in CODE_POINTS if strip(chr(c)) == ""])),
        "COMPATIBLE": ("Full compatibility decompositions that are not canonical ones.", encode_map(compatible)),
        "UNCOMPOSED": ("Code points with a decomposition that composition never makes.", encode_set(excluded)),
    }


def write(tables: dict[str, tuple[str, str]]) -> None:
    print("/**")
    print(" * Character properties as the Rust tokenizers library has them, packed.")
    print(f" * Written by test/parity/unicode_tables.py from tokenizers {tokenizers.__version__}; do not edit.")
    print(" */")
    for name, (meaning, packed) in tables.items():
        print(f"\n/** {meaning} */\n// biome-ignore format: packed\nexport const {name} =\n  \"{packed}\";")


def main() -> None:
    if sys.argv[1:] == ["more"]:
        return write(more_tables())
    clean = normalizers.BertNormalizer(True, False, False, False).normalize_str
    # Not `StripAccents`, which drops spacing and enclosing marks as well.
    strip = normalizers.BertNormalizer(False, False, True, False).normalize_str
    nfd = normalizers.NFD().normalize_str
    lower = normalizers.Lowercase().normalize_str
    spaces = pre_tokenizers.WhitespaceSplit().pre_tokenize_str
    punct = pre_tokenizers.BertPreTokenizer().pre_tokenize_str

    removed = [c for c in CODE_POINTS if clean(chr(c)) == ""]
    white = [c for c in CODE_POINTS if len(spaces("a" + chr(c) + "a")) == 2]
    # A punctuation mark stands alone; whitespace vanishes.
    punctuation = [c for c in CODE_POINTS if len(punct("a" + chr(c) + "a")) == 3]
    marks = [c for c in CODE_POINTS if strip(chr(c)) == ""]
    decompose = {c: [ord(x) for x in nfd(chr(c))] for c in CODE_POINTS if c not in HANGUL and nfd(chr(c)) != chr(c)}
    lowercase = {c: [ord(x) for x in lower(chr(c))] for c in CODE_POINTS if lower(chr(c)) != chr(c)}

    tables = {
        "REMOVED": ("Code points that BERT's text cleaning drops.", encode_set(removed)),
        "WHITESPACE": ("Code points that separate words.", encode_set(white)),
        "PUNCTUATION": ("Code points that are a word of their own.", encode_set(punctuation)),
        "NONSPACING_MARKS": ("Code points that stripping accents drops.", encode_set(marks)),
        "DECOMPOSITIONS": ("Full canonical decompositions, Hangul syllables left out.", encode_map(decompose)),
        "LOWERCASE": ("Lower-case forms, where they differ.", encode_map(lowercase)),
        "COMBINING_RANKS": ("Order of combining marks under canonical ordering; absent = 0.", encode_map(combining_ranks())),
    }
    write(tables)


if __name__ == "__main__":
    main()
