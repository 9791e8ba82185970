/** The mappers, by name. */
import { defineRegistry } from "../../core/registry.ts";
import type { Mapper } from "./mapper.ts";

export type { Mapper } from "./mapper.ts";

export const mappers = defineRegistry<Mapper>("mapper", {
  code: () => import("./code.ts"),
  document: () => import("./document.ts"),
  sql: () => import("./sql.ts"),
});
