/** Visits pieces in order with the token file that holds each; one file is open at a time. */
import type { ShardPlan } from "../plan/plan.ts";
import { TokenFileReader } from "../staging/token-file-reader.ts";
import type { Pieces } from "./select.ts";

export function eachPiece(
  plan: ShardPlan,
  { files, count }: Pieces,
  visit: (file: TokenFileReader, piece: number) => void,
): void {
  for (let piece = 0; piece < count; ) {
    const current = files[piece]!;
    using file = TokenFileReader.open(plan.tokenFiles[current]!.path);
    for (; piece < count && files[piece] === current; piece++) visit(file, piece);
  }
}
