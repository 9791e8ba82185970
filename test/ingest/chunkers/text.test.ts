/** Goal: plain text and code are cut at good places. */

import text from "../../../src/ingest/chunkers/text.ts";
import { describeChunker } from "../../contracts/chunker.ts";

describeChunker(text, ["text", "code"]);
