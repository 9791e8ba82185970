/** Writes a set with a shard of more than 12 kB into the folder that is its argument; a test runs it with a limit. */
import { MdpError } from "../../../src/core/errors.ts";
import { numberedDocuments, writeSet } from "../../support/shards.ts";

try {
  await writeSet(process.argv[2]!, [numberedDocuments([3_000], 1_000)], { maxTokensPerShard: 3_000 });
  console.log("written");
} catch (error) {
  if (!(error instanceof MdpError)) throw error;
  console.log(JSON.stringify({ code: error.code, hint: error.hint }));
}
