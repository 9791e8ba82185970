/** Goal: Qwen 3 with experts computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("qwen3_moe");
