import markdown from "../../../src/ingest/chunkers/markdown.ts";
import { describeChunker } from "../../contracts/chunker.ts";

describeChunker(markdown, ["markdown"]);
