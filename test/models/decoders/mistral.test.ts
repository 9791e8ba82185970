/** Goal: Mistral computes what mlx-lm computes, and keeps texts apart. */
import { describeDecoder } from "../../contracts/decoder.ts";

describeDecoder("mistral");
