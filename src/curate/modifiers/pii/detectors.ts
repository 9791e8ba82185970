/** The table of detectors: adding a kind of personal data is one file and one line here. */
import { address } from "./address.ts";
import { card } from "./card.ts";
import { type Detector, type PiiKind, piiKinds } from "./detector.ts";
import { email } from "./email.ts";
import { iban } from "./iban.ts";
import { ip } from "./ip.ts";
import { nationalId } from "./national.ts";
import { phone } from "./phone.ts";
import { secret } from "./secret.ts";
import { ssn } from "./ssn.ts";

export const detectors: readonly Detector[] = [secret, email, iban, card, ssn, nationalId, ip, phone, address];

/** Looks per trigger, those of the asked kinds only, in order of precedence. */
export interface Looks {
  /** At digits that letters precede; at a few digits (fewer than `manyDigits`); at more. */
  readonly inWord: readonly NonNullable<Detector["digits"]>[];
  readonly few: readonly NonNullable<Detector["digits"]>[];
  readonly many: readonly NonNullable<Detector["digits"]>[];
  readonly at: readonly NonNullable<Detector["at"]>[];
  readonly assignment: readonly NonNullable<Detector["assignment"]>[];
  readonly word: readonly NonNullable<Detector["word"]>[];
}

/** Most numbers have fewer digits; few detectors look at those. */
export const manyDigits = 6;

const cache = new Map<string, Looks>();

/** The looks of some kinds; all kinds when none are given. */
export function looksOf(kinds: readonly PiiKind[] = []): Looks {
  const key = kinds.join(" ");
  let looks = cache.get(key);
  if (!looks) {
    const wanted = detectors
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .toSorted((a, b) => piiKinds.indexOf(a.kind) - piiKinds.indexOf(b.kind));
    const apart = wanted.filter((detector) => detector.lettersBefore !== "only");
    const together = wanted.filter((detector) => detector.lettersBefore !== "never");
    const few = apart.filter((detector) => (detector.fewestDigits ?? 1) < manyDigits);
    looks = {
      inWord: together.flatMap((detector) => detector.digits ?? []),
      few: few.flatMap((detector) => detector.digits ?? []),
      many: apart.flatMap((detector) => atLeast(detector)),
      at: wanted.flatMap((detector) => detector.at ?? []),
      assignment: wanted.flatMap((detector) => detector.assignment ?? []),
      word: wanted.flatMap((detector) => detector.word ?? []),
    };
    cache.set(key, looks);
  }
  return looks;
}

/** A detector's look, refused where there are fewer digits than it needs. */
function atLeast({ digits, fewestDigits = 1 }: Detector): NonNullable<Detector["digits"]>[] {
  if (!digits) return [];
  if (fewestDigits <= manyDigits) return [digits];
  return [(text, place) => (place.count < fewestDigits ? undefined : digits(text, place))];
}
