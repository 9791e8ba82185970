/** Formats of other libraries that sets are exported to; one static line each. */
import { defineRegistry } from "../../core/registry.ts";
import type { Exporter } from "./exporter.ts";

export const exporters = defineRegistry<Exporter>("export format", {
  megatron: () => import("./megatron.ts"),
  datatrove: () => import("./datatrove.ts"),
  mds: () => import("./mds.ts"),
  jsonl: () => import("./jsonl.ts"),
  parquet: () => import("./parquet.ts"),
});
