/** Goal: WordPiece needs as many tokens as the Rust library's, give or take a hundredth, on text that neither has seen. */
import { describe, test } from "bun:test";
import { describeTrainer } from "../../contracts/trainer.ts";
import { expectCloseCounts } from "./reference.ts";

describe("WordPiece", () => {
  test("cased and folded needs the Rust library's count of tokens on held-out text", async () => {
    await expectCloseCounts({ model: "wordpiece", vocabSize: 5_000 }, 1_500_000);
    await expectCloseCounts({ model: "wordpiece", vocabSize: 5_000, lowercase: true }, 1_500_000);
  }, 300_000);
});

describeTrainer("wordpiece");
