/** Goal: check digits agree with python-stdnum, on numbers that it accepts and on numbers that it refuses. */
import { describe, expect, test } from "bun:test";
import golden from "../../../../fixtures/golden/pii.json";
import { nationalNumbers } from "../../../../src/curate/modifiers/pii/national.ts";
import { isNorthAmerican } from "../../../../src/curate/modifiers/pii/phone/countries.ts";

/** Forms that we take without check digits, or more strictly, on purpose. */
const looser = new Set(["kr-rrn", "in-pan", "mx-curp", "us-itin"]);

describe("national numbers", () => {
  test.each(golden.national.filter(({ name }) => name !== "us-ssn").map((row) => [row.name, row.module, row] as const))(
    "%s agrees with %s of python-stdnum",
    (name, _, { valid, invalid }) => {
      const { valid: isValid } = nationalNumbers.find((entry) => entry.name === name)!;
      const plain = (value: string) => value.replace(/[^A-Z0-9]/g, "");
      expect(valid.length).toBeGreaterThan(5);
      expect(valid.filter((value) => !isValid(plain(value)))).toEqual([]);
      if (!looser.has(name)) expect(invalid.filter((value) => isValid(plain(value)))).toEqual([]);
    },
  );

  test("each has a shape and a name of its own", () => {
    expect(new Set(nationalNumbers.map(({ name }) => name)).size).toBe(nationalNumbers.length);
    for (const { shapes, bare, context } of nationalNumbers) {
      expect(shapes.length + (bare?.length ?? 0)).toBeGreaterThan(0);
      if (bare) expect(context).toBeDefined();
    }
  });
});

test("numbers of the North American plan start their area code and exchange with 2 to 9", () => {
  const american = golden.phones.filter(({ e164 }) => e164.startsWith("+1"));
  expect(american.length).toBeGreaterThan(40);
  expect(american.filter(({ e164 }) => !isNorthAmerican(e164.slice(2)))).toEqual([]);
  expect(["1125550100", "2121550100", "9115550100", "3725550100"].filter(isNorthAmerican)).toEqual([]);
});
