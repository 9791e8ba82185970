/** Social security numbers of the United States. */
import type { Detector } from "./detector.ts";
import { compileShapes, type ShapedNumber } from "./shapes.ts";

/** Areas 000, 666 and 900–999, group 00 and serial 0000 are never given out. */
function valid(plain: string): boolean {
  const area = plain.slice(0, 3);
  return area !== "000" && area !== "666" && area < "900" && plain.slice(3, 5) !== "00" && plain.slice(5) !== "0000";
}

const numbers: ShapedNumber[] = [
  {
    name: "us-ssn",
    shapes: ["999-99-9999", "999 99 9999"],
    bare: ["999999999", "999.99.9999", "999–99–9999", "999‑99‑9999"],
    context: /\b(?:ssn|ss|social(?:[ -]security)?|soc\.? sec\.?|tax(?:payer)?[ -]id)\b[^\n\d]{0,25}$/,
    valid,
  },
];

/** The same shape with one of these before it is something else. */
const otherNumbers =
  /\b(?:part|sku|model|serial|isbn|order|invoice|item|catalog(?:ue)?|product|article|art|version|lot|batch|cas|p\/n|s\/n|phone|telephone|telefon|tel|tél|fax|mobile|mob|cell|route|case|docket|ref|reference|ticket|tracking|coupon|code)\b\.?[^\w\n]{0,3}(?:(?:no|nr|number|num|code|id)\b\.?)?[\s.:=#"'(]*$/;

export const ssn: Detector = {
  kind: "ssn",
  digits: compileShapes("ssn", numbers, otherNumbers),
  fewestDigits: 9,
  lettersBefore: "never",
};
