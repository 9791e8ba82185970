/** National numbers of persons, each with its state's check digits. */
import type { Detector } from "./detector.ts";
import { european } from "./national/europe.ts";
import { others } from "./national/world.ts";
import { compileShapes } from "./shapes.ts";

/** Every kind of number that is known, by country. */
export const nationalNumbers = [...european, ...others];

/** A number after one of these is something else, whatever its check digit. */
const otherNumbers =
  /\b(?:part|sku|model|serial|isbn|order|invoice|item|catalog(?:ue)?|product|version|lot|batch|p\/n|s\/n|phone|tel|fax|tracking|imei|ean|gtin|upc|barcode|commit|revision|doi|issn|timestamp|ticket)\b\.?[^\w\n]{0,3}(?:(?:no|nr|number|num|code|id)\b\.?)?[\s.:=#"'(]*$/;

export const nationalId: Detector = {
  kind: "national-id",
  digits: compileShapes("national-id", nationalNumbers, otherNumbers),
  fewestDigits: 6,
};
