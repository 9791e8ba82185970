import rows from "../../../src/ingest/chunkers/rows.ts";
import { describeChunker } from "../../contracts/chunker.ts";

describeChunker(rows, ["csv"]);
