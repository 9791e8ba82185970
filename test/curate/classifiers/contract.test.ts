/** The contract of classifiers, over every entry of the registry. */
import { classifiers } from "../../../src/curate/classifiers/index.ts";
import { describeClassifier } from "../../contracts/classifier.ts";

for (const name of classifiers.names) describeClassifier(name);
