/** Text of others in a prompt: it must not be able to end a message or begin one. */
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

/** Breaking one sign up may leave another one; a text that goes on making them is not from people. */
const MOST_ROUNDS = 4;

/**
 * Rewrites texts so that no part of them is one of the model's special tokens: `<|im_end|>` becomes `< |im_end|>`.
 * @throws never; a text that still has some after several rounds loses them
 */
export function plainText(tokenizer: Pick<Tokenizer, "encode" | "decode">): (text: string) => string {
  const known = new Map<number, boolean>();
  const isSpecial = (id: number) => {
    const special = known.get(id) ?? (shown(tokenizer, id, true) === "" && shown(tokenizer, id, false) !== "");
    known.set(id, special);
    return special;
  };
  return (text) => {
    let plain = text;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { ids, starts, ends } = tokenizer.encode(plain, { specialTokens: false });
      const found = [...ids.keys()].filter((i) => ends[i]! > starts[i]! && isSpecial(ids[i]!));
      if (found.length === 0) return plain;
      const last = round === MOST_ROUNDS - 1;
      for (const i of found.reverse()) {
        const [start, end] = [starts[i]!, ends[i]!];
        plain = last
          ? plain.slice(0, start) + plain.slice(end)
          : `${plain.slice(0, start + 1)} ${plain.slice(start + 1)}`;
      }
    }
    return plain;
  };
}

function shown(tokenizer: Pick<Tokenizer, "decode">, id: number, skipSpecialTokens: boolean): string {
  return tokenizer.decode([id], { skipSpecialTokens });
}
