/** `train-preferences` as a step. */
import { trainPreferences } from "../../train-preferences.ts";
import { adapterHash, adapterVerb } from "./shared/training.ts";

export default adapterVerb({
  sections: ["train", "trainPreferences"],
  reads: ({ settings: { trainPreferences: own } }) =>
    adapterHash("trainPreferences.referenceAdapter", own.referenceAdapter),
  fit: (request, { settings }) => trainPreferences({ ...request, preferences: settings.trainPreferences }),
});
