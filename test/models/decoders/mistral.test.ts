/** Goal: Mistral computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("mistral", [{ about: "whatever its window", options: { config: { sliding_window: 16 } } }]);
