/** GGUF files as the `gguf` package writes and reads them. */
import { python } from "../../support/peers.ts";

export interface ReadAnswer {
  metadata: Record<string, unknown>;
  kinds: Record<string, string[]>;
  tensors: Record<string, { type: string; shape: number[]; values: string }>;
  alignment: number;
}

export type Floats = Float32Array<ArrayBuffer>;

/** All in one process, since starting it takes longer than the answers. */
export async function ggufReference<T extends readonly unknown[]>(...requests: { [K in keyof T]: object }): Promise<T> {
  const lines = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
  return (await python("test/parity/gguf_reference.py", [], lines)).map((line) => JSON.parse(line)) as unknown as T;
}

/** The numbers of an answer. */
export function floats(base64: string): Floats {
  return new Float32Array(Uint8Array.fromBase64(base64).buffer);
}
