/** Goal: personal data is redacted, replaced or tagged, and nothing else is touched. */
import { describeModifier } from "../../contracts/modifier.ts";

const fragments = [
  "ada@lovelace.org",
  "4111 1111 1111 1111",
  "8.8.8.8",
  "2001:4860:4860::8888",
  "user (at) host (dot) org",
  "@",
  "123",
  "-",
  "(",
];
for (const pii of ["redact", "replace", "tag"] as const) describeModifier("pii", fragments, { pii });
