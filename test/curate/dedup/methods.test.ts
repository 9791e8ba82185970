/** Goal: every method keeps the promises of finding copies. */
import { dedupContract } from "../../contracts/dedup.ts";
import { messyCorpus } from "./support/texts.ts";

const texts = messyCorpus(250);

dedupContract("exact", { method: ["exact"] }, texts);
dedupContract("exact, as it is", { method: ["exact"], normalize: false }, texts);
dedupContract("minhash", { method: ["minhash"] }, texts);
dedupContract("minhash by containment", { method: ["minhash"], verify: "containment", threshold: 0.9 }, texts);
dedupContract("minhash of datasketch", { method: ["minhash"], minhash: "datasketch" }, texts);
dedupContract("simhash", { method: ["simhash"], ngramWords: 2, maxHamming: 5 }, texts);
dedupContract("sentences", { method: ["sentences"] }, texts);
dedupContract("substring", { method: ["substring"], minSubstringTokens: 20 }, texts);
dedupContract("all", { method: ["exact", "minhash", "simhash", "sentences", "substring"] }, texts);
