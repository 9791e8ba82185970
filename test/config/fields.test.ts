/** The flat list of settings agrees with the schema that it is made from. */
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { fields, fieldsOf, kebabCase, settingsJsonSchema } from "../../src/config/fields.ts";
import { Settings, sectionNames } from "../../src/config/schema.ts";

const defaults = v.parse(Settings, {}) as Record<string, Record<string, unknown>>;

describe("the fields", () => {
  test("are all the settings of all the sections", () => {
    for (const section of sectionNames) expect(fieldsOf([section]).length).toBeGreaterThan(0);
    const keys = Object.entries(defaults).flatMap(([section, values]) =>
      Object.keys(values).map((k) => `${section}.${k}`),
    );
    expect(fields.map((field) => field.path)).toEqual(expect.arrayContaining(keys));
  });

  test.each(fields.map((field) => [field.path, field] as const))(
    "%s has the schema's default and a sentence",
    (_, field) => {
      expect(field.default).toEqual(defaults[field.section]![field.key]);
      expect(field.description).toMatch(/^[A-Z].*\.$/s);
    },
  );

  test("have flags and variables of their own", () => {
    expect(new Set(fields.map((field) => field.flag)).size).toBe(fields.length);
    expect(new Set(fields.map((field) => field.env)).size).toBe(fields.length);
  });
});

test("keys become kebab-case", () => {
  expect(kebabCase("maxDocumentBytes")).toBe("max-document-bytes");
  expect(kebabCase("k")).toBe("k");
});

test("the JSON Schema refuses unknown keys and tells the limits", () => {
  expect(settingsJsonSchema()).toMatchObject({
    type: "object",
    additionalProperties: false,
    properties: { search: { additionalProperties: false, properties: { k: { minimum: 1, default: 10 } } } },
  });
});
