/** Texts for comparing: words in lower case with one space between them. */

/**
 * The words of UTF-8 text as UTF-16 at `out`, each followed by a space, by tables for each code unit: kinds (0 separates,
 * 1 is a letter, 2 a word of its own) and lower case. Returns the number of units; -1 where the text has characters
 * beyond the tables, or is not UTF-8. Of ASCII, letters and digits are letters.
 */
export function normalize(start: usize, end: usize, kinds: usize, lower: usize, out: usize): i32 {
  let to = out;
  let inside = false;
  let at = start;
  while (at < end) {
    if (at + 16 <= end) {
      // Runs of letters within 16 bytes, up to the first that is not ASCII.
      const block = v128.load(at);
      const beyond = i8x16.bitmask(block);
      const valid = beyond ? ctz(beyond) : 16;
      const bits = wordBits(block) & ((1 << valid) - 1);
      let done = 0;
      while (done < valid) {
        const rest = bits >> done;
        if (rest & 1) {
          const run = ctz(~rest);
          store8(at + <usize>done, to);
          if (run > 8) store8(at + <usize>done + 8, to + 16);
          to += (<usize>run) << 1;
          done += run;
          inside = true;
        } else {
          if (inside) to = separate(to);
          inside = false;
          done = rest ? done + ctz(rest) : valid;
        }
      }
      at += <usize>valid;
      if (valid === 16) continue;
    }
    let unit = <u32>load<u8>(at);
    if (unit < 0x80) {
      at++;
    } else {
      const second = at + 1 < end ? <u32>load<u8>(at + 1) : 0;
      if ((second & 0xc0) !== 0x80) return -1;
      if (unit >= 0xc2 && unit < 0xe0) {
        unit = ((unit & 0x1f) << 6) | (second & 0x3f);
        at += 2;
      } else {
        const third = at + 2 < end ? <u32>load<u8>(at + 2) : 0;
        if ((unit & 0xf0) !== 0xe0 || (third & 0xc0) !== 0x80) return -1;
        unit = ((unit & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
        if (unit < 0x800 || (unit & 0xf800) === 0xd800) return -1;
        at += 3;
      }
    }
    const kind = load<u8>(kinds + unit);
    if (inside && kind !== 1) to = separate(to);
    inside = kind === 1;
    if (kind === 0) continue;
    store<u16>(to, load<u16>(lower + (unit << 1)));
    to += 2;
    if (kind === 2) to = separate(to);
  }
  if (inside) to = separate(to);
  return <i32>((to - out) >> 1);
}

function separate(to: usize): usize {
  store<u16>(to, 32);
  return to + 2;
}

/** One bit for each of 16 bytes that is an ASCII letter or digit. */
function wordBits(block: v128): i32 {
  const letter = i8x16.sub(v128.or(block, i8x16.splat(0x20)), i8x16.splat(0x61));
  const digit = i8x16.sub(block, i8x16.splat(0x30));
  return i8x16.bitmask(v128.or(i8x16.lt_u(letter, i8x16.splat(26)), i8x16.lt_u(digit, i8x16.splat(10))));
}

/** Eight ASCII letters or digits in lower case, as 16-bit units; what follows them is of no account. */
function store8(at: usize, to: usize): void {
  const units = v128.load8x8_u(at);
  const upper = i16x8.lt_u(i16x8.sub(units, i16x8.splat(0x41)), i16x8.splat(26));
  v128.store(to, v128.or(units, v128.and(upper, i16x8.splat(0x20))));
}
