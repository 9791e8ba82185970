/** Loaded before every test file (bunfig.toml): Bun takes the limit of a test from code or from the command line only. */
import { setDefaultTimeout } from "bun:test";

setDefaultTimeout(300_000);
