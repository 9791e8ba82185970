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
  readonly digits: readonly NonNullable<Detector["digits"]>[];
  readonly at: readonly NonNullable<Detector["at"]>[];
  readonly assignment: readonly NonNullable<Detector["assignment"]>[];
  readonly word: readonly NonNullable<Detector["word"]>[];
}

const cache = new Map<string, Looks>();

/** The looks of some kinds; all kinds when none are given. */
export function looksOf(kinds: readonly PiiKind[] = []): Looks {
  const key = kinds.join(" ");
  let looks = cache.get(key);
  if (!looks) {
    const wanted = detectors
      .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
      .toSorted((a, b) => piiKinds.indexOf(a.kind) - piiKinds.indexOf(b.kind));
    looks = {
      digits: wanted.flatMap((detector) => detector.digits ?? []),
      at: wanted.flatMap((detector) => detector.at ?? []),
      assignment: wanted.flatMap((detector) => detector.assignment ?? []),
      word: wanted.flatMap((detector) => detector.word ?? []),
    };
    cache.set(key, looks);
  }
  return looks;
}
