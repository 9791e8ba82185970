/** Lines of JSON: checks that a line is one object and finds the raw bytes of two of its members, without decoding. */

export { normalize } from "./shared/words";

/** Results of `line`, as u32 at `out`. */
const LINE_END: usize = 0;
const TEXT_START: usize = 4;
const TEXT_END: usize = 8;
const TEXT_ESCAPED: usize = 12;
const ID_START: usize = 16;
const ID_END: usize = 20;

const OBJECT = 0;
const INCOMPLETE = 1;
const BLANK = 2;
const MALFORMED = 3;
const TOO_DEEP = 4;

const MAX_DEPTH = 256;

/** Where the value that was read ended; 0 when it was malformed. */
let escaped: bool = false;
let deep: bool = false;

/**
 * Reads the line that begins at `start`; `end` is where the bytes end, and `last` is 1 when the file ends there. Names of
 * members are compared byte by byte; the last of several wins, as in `JSON.parse`. Spans are 0 where there is none:
 * that of the text lies inside its quotes, that of the id is the whole value.
 */
export function line(
  start: usize,
  end: usize,
  last: i32,
  textName: usize,
  textLength: i32,
  idName: usize,
  idLength: i32,
  out: usize,
): i32 {
  const border = newline(start, end);
  if (border === end && !last) return INCOMPLETE;
  store<u32>(out + LINE_END, <u32>border);
  store<u32>(out + TEXT_START, 0);
  store<u32>(out + TEXT_END, 0);
  store<u32>(out + TEXT_ESCAPED, 0);
  store<u32>(out + ID_START, 0);
  store<u32>(out + ID_END, 0);
  deep = false;
  let at = space(start, border);
  if (at === border) return BLANK;
  if (load<u8>(at) !== 0x7b) return MALFORMED;
  at = space(at + 1, border);
  if (at < border && load<u8>(at) === 0x7d) return space(at + 1, border) === border ? OBJECT : MALFORMED;
  while (true) {
    if (at >= border || load<u8>(at) !== 0x22) return MALFORMED;
    const name = at + 1;
    at = text(name, border);
    if (!at) return MALFORMED;
    const nameEnd = at - 1;
    // A name that is written with escapes may be any name: the line has to be decoded to know.
    if (escaped) return TOO_DEEP;
    at = space(at, border);
    if (at >= border || load<u8>(at) !== 0x3a) return MALFORMED;
    at = space(at + 1, border);
    const from = at;
    escaped = false;
    at = value(at, border, 0);
    if (!at) return deep ? TOO_DEEP : MALFORMED;
    if (same(name, nameEnd, textName, textLength)) {
      const isText = load<u8>(from) === 0x22;
      store<u32>(out + TEXT_START, isText ? <u32>(from + 1) : 0);
      store<u32>(out + TEXT_END, isText ? <u32>(at - 1) : 0);
      store<u32>(out + TEXT_ESCAPED, escaped ? 1 : 0);
    }
    if (same(name, nameEnd, idName, idLength)) {
      store<u32>(out + ID_START, <u32>from);
      store<u32>(out + ID_END, <u32>at);
    }
    at = space(at, border);
    if (at >= border) return MALFORMED;
    const mark = load<u8>(at);
    at = space(at + 1, border);
    if (mark === 0x7d) return at === border ? OBJECT : MALFORMED;
    if (mark !== 0x2c) return MALFORMED;
  }
}

/**
 * Decodes the inside of a JSON string that `line` found into UTF-8 at `out` (never longer) and returns its length; half
 * a surrogate pair becomes U+FFFD.
 */
export function decode(start: usize, end: usize, out: usize): i32 {
  let to = out;
  for (let at = start; at < end; ) {
    if (at + 16 <= end) {
      const block = v128.load(at);
      v128.store(to, block);
      const marks = i8x16.bitmask(i8x16.eq(block, i8x16.splat(0x5c)));
      const plain: usize = marks ? <usize>ctz(marks) : 16;
      at += plain;
      to += plain;
      if (!marks) continue;
    }
    const byte = load<u8>(at);
    if (byte !== 0x5c) {
      store<u8>(to++, byte);
      at++;
      continue;
    }
    const kind = load<u8>(at + 1);
    if (kind !== 0x75) {
      store<u8>(to++, control(kind));
      at += 2;
      continue;
    }
    let point = hex(at + 2);
    at += 6;
    if ((point & 0xfc00) === 0xd800 && at + 6 <= end && load<u16>(at) === 0x755c) {
      const low = hex(at + 2);
      if ((low & 0xfc00) === 0xdc00) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    if ((point & 0xfffff800) === 0xd800) point = 0xfffd;
    to = encode(point, to);
  }
  return <i32>(to - out);
}

function control(kind: u8): u8 {
  if (kind === 0x6e) return 10;
  if (kind === 0x74) return 9;
  if (kind === 0x72) return 13;
  if (kind === 0x62) return 8;
  if (kind === 0x66) return 12;
  return kind;
}

function hex(at: usize): u32 {
  let point: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = <u32>load<u8>(at + i);
    point = (point << 4) | (digit <= 0x39 ? digit - 0x30 : (digit | 0x20) - 0x57);
  }
  return point;
}

function encode(point: u32, to: usize): usize {
  if (point < 0x80) {
    store<u8>(to, point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, 0xc0 | (point >> 6));
    store<u8>(to + 1, 0x80 | (point & 0x3f));
    return to + 2;
  }
  if (point < 0x10000) {
    store<u8>(to, 0xe0 | (point >> 12));
    store<u8>(to + 1, 0x80 | ((point >> 6) & 0x3f));
    store<u8>(to + 2, 0x80 | (point & 0x3f));
    return to + 3;
  }
  store<u8>(to, 0xf0 | (point >> 18));
  store<u8>(to + 1, 0x80 | ((point >> 12) & 0x3f));
  store<u8>(to + 2, 0x80 | ((point >> 6) & 0x3f));
  store<u8>(to + 3, 0x80 | (point & 0x3f));
  return to + 4;
}

function newline(start: usize, end: usize): usize {
  let at = start;
  const mark = i8x16.splat(10);
  for (; at + 16 <= end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), mark));
    if (found) return at + <usize>ctz(found);
  }
  while (at < end && load<u8>(at) !== 10) at++;
  return at;
}

function space(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte !== 32 && byte !== 9 && byte !== 13) break;
    at++;
  }
  return at;
}

function same(start: usize, end: usize, name: usize, length: i32): bool {
  if (<i32>(end - start) !== length) return false;
  for (let i: usize = 0; i < <usize>length; i++) if (load<u8>(start + i) !== load<u8>(name + i)) return false;
  return true;
}

/** Past the string whose inside begins at `start`; 0 when it does not end or has what JSON forbids. */
function text(start: usize, end: usize): usize {
  const quote = i8x16.splat(0x22);
  const slash = i8x16.splat(0x5c);
  const least = i8x16.splat(0x20);
  escaped = false;
  let at = start;
  while (at < end) {
    if (at + 16 <= end) {
      const block = v128.load(at);
      const marks = i8x16.bitmask(
        v128.or(v128.or(i8x16.eq(block, quote), i8x16.eq(block, slash)), i8x16.lt_u(block, least)),
      );
      if (!marks) {
        at += 16;
        continue;
      }
      at += <usize>ctz(marks);
    }
    const byte = load<u8>(at);
    if (byte === 0x22) return at + 1;
    if (byte < 0x20) return 0;
    if (byte !== 0x5c) {
      at++;
      continue;
    }
    escaped = true;
    at = escapeEnd(at + 1, end);
    if (!at) return 0;
  }
  return 0;
}

function escapeEnd(at: usize, end: usize): usize {
  if (at >= end) return 0;
  const kind = load<u8>(at);
  if (kind === 0x75) {
    if (at + 5 > end) return 0;
    for (let i: usize = 1; i < 5; i++) {
      const digit = load<u8>(at + i);
      const letter = digit | 0x20;
      if (!((digit >= 0x30 && digit <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return 0;
    }
    return at + 5;
  }
  const known =
    kind === 0x22 ||
    kind === 0x5c ||
    kind === 0x2f ||
    kind === 0x62 ||
    kind === 0x66 ||
    kind === 0x6e ||
    kind === 0x72 ||
    kind === 0x74;
  return known ? at + 1 : 0;
}

/** Past the value at `at`; 0 when it is malformed, or nested too deep. */
function value(at: usize, end: usize, depth: i32): usize {
  if (at >= end) return 0;
  const byte = load<u8>(at);
  if (byte === 0x22) return text(at + 1, end);
  if (byte === 0x7b || byte === 0x5b) {
    if (depth >= MAX_DEPTH) {
      deep = true;
      return 0;
    }
    return container(at, end, depth + 1);
  }
  if (byte === 0x74) return word(at, end, 0x65757274, 4);
  if (byte === 0x6e) return word(at, end, 0x6c6c756e, 4);
  if (byte === 0x66) return at + 5 <= end && load<u32>(at + 1) === 0x65736c61 ? at + 5 : 0;
  return number(at, end);
}

function word(at: usize, end: usize, bytes: u32, length: usize): usize {
  return at + length <= end && load<u32>(at) === bytes ? at + length : 0;
}

function container(start: usize, end: usize, depth: i32): usize {
  const isObject = load<u8>(start) === 0x7b;
  const close: u8 = isObject ? 0x7d : 0x5d;
  let at = space(start + 1, end);
  if (at < end && load<u8>(at) === close) return at + 1;
  while (true) {
    if (isObject) {
      if (at >= end || load<u8>(at) !== 0x22) return 0;
      at = text(at + 1, end);
      if (!at) return 0;
      at = space(at, end);
      if (at >= end || load<u8>(at) !== 0x3a) return 0;
      at = space(at + 1, end);
    }
    at = value(at, end, depth);
    if (!at) return 0;
    at = space(at, end);
    if (at >= end) return 0;
    const mark = load<u8>(at);
    if (mark === close) return at + 1;
    if (mark !== 0x2c) return 0;
    at = space(at + 1, end);
  }
}

function digits(start: usize, end: usize): usize {
  let at = start;
  while (at < end && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39) at++;
  return at;
}

function number(start: usize, end: usize): usize {
  let at = start;
  if (load<u8>(at) === 0x2d) at++;
  const whole = at;
  at = digits(at, end);
  if (at === whole || (at > whole + 1 && load<u8>(whole) === 0x30)) return 0;
  if (at < end && load<u8>(at) === 0x2e) {
    const fraction = at + 1;
    at = digits(fraction, end);
    if (at === fraction) return 0;
  }
  if (at < end && (load<u8>(at) | 0x20) === 0x65) {
    at++;
    if (at < end && (load<u8>(at) === 0x2b || load<u8>(at) === 0x2d)) at++;
    const exponent = at;
    at = digits(exponent, end);
    if (at === exponent) return 0;
  }
  return at;
}
