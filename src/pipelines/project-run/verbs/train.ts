/** `train` as a step. */
import { train } from "../../train.ts";
import { adapterVerb } from "./shared/training.ts";

export default adapterVerb({
  sections: ["train"],
  fit: (request) => train({ ...request, train: true, test: false }),
});
