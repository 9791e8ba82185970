/** Questions and answers of a trade that does not exist: only training tells which words belong together. */

/** What people ask for, and what the manual calls it. No word of one is near a word of the other. */
const things = [
  ["snorb", "the glass wheel"],
  ["quandle", "the lower hinge"],
  ["fremmit", "the copper basin"],
  ["tollig", "the woven strap"],
  ["virrow", "the north lantern"],
  ["dabbish", "the salt drawer"],
  ["kelpin", "the third bell"],
  ["morvane", "the paper sail"],
  ["oxtery", "the iron ladder"],
  ["plimmet", "the chalk plate"],
  ["rundle", "the oil pump"],
  ["sagwit", "the linen cover"],
] as const;

const acts = [
  ["glimp", "is cleaned with warm water", "before winter"],
  ["trosk", "is turned to the left twice", "by two people"],
  ["bevvy", "is taken apart on a table", "after each voyage"],
  ["noddle", "is painted with two coats", "on a dry day"],
  ["wexer", "is weighed and written down", "every month"],
  ["yarm", "is replaced by a new one", "when it is cracked"],
] as const;

export interface DomainRow {
  anchor: string;
  positive: string;
  negative: string;
}

/** 72 rows: each thing with each act; the negative is the same act on another thing. */
export function madeUpDomain(): DomainRow[] {
  return things.flatMap(([name, thing], t) =>
    acts.map(([verb, act, when], a) => {
      const [, other] = things[(t + a + 1) % things.length]!;
      return {
        anchor: `How do I ${verb} the ${name}?`,
        positive: `${thing} ${act} ${when}.`,
        negative: `${other} ${act} ${when}.`,
      };
    }),
  );
}
