/** Loaded before every test file (bunfig.toml): properties see the same inputs on every run, others with MDP_TEST_SEED. */
import fc from "fast-check";

const given = process.env.MDP_TEST_SEED;
const seed = given === "random" ? Date.now() & 0x7fffffff : Number(given ?? 1);
if (!Number.isInteger(seed)) throw new Error(`MDP_TEST_SEED is "${given}": give a whole number or "random"`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
