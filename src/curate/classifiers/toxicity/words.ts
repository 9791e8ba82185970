/** Words that count as toxic, by kind; a modest list in English and, for the strongest words, some of its neighbours. */

/** What a listed word is, from the gravest down. */
export const kinds = ["slur", "threat", "sexual", "insult", "profanity"] as const;
export type Kind = (typeof kinds)[number];

/** How much one word of a kind adds. */
export const weights: Readonly<Record<Kind, number>> = {
  slur: 1,
  threat: 1,
  sexual: 0.4,
  insult: 0.5,
  profanity: 0.25,
};

/**
 * In ROT13, so that nobody who opens, searches or greps this file has slurs put before their eyes; a reviewer can still
 * read it on purpose. `+` takes English endings as well; `_` joins two words that count only one after the other.
 * Words with a common harmless sense (names, animals, sports) are left out.
 */
const rotated: Readonly<Record<Kind, string>> = {
  slur:
    "avttre+ avttn+ xvxr+ fcvp+ tbbx+ jrgonpx+ qnexvr+ enturnq+ gbjryurnq+ snttbg+ snt+ genaal furznyr+ cnxv+ tlcb+ " +
    "ornare+ zbatbybvq+ xnanxr+ xnanxra artre+ fpujhpugry fpujhpugrya gncrggr gncrggrf gneybhmr obhtabhyr obhtabhyrf " +
    "lbhcva lbhcvaf onzobhyn znevpba znevpbarf fhqnpn fhqnpnf xnssve+ tbyyvjbt+ mvccreurnq+ unysoerrq+",
  threat: "xvyy_lbhefrys xvyy_lbhefryirf xlf tb_qvr unat_lbhefrys tnf_gurz encr_lbh encr_ure encr_gurz fyvg_lbhe",
  sexual:
    "phag+ chffl chffvrf qvyqb+ phzfubg+ oybjwbo+ unaqwbo+ wvmm gvgf gvggvrf juber+ fyhg+ cbea cbeab tnatonat+ " +
    "pernzcvr+ qrrcguebng+ evzwbo+ ohxxnxr zvys+ uragnv obare+ chgn chgnf chgnva sbgmr sbgmra uher uhera ahggr ahggra " +
    "fnybcr fnybcrf fpuynzcr fpuynzcra jvpufre svpxra svpx pbñb",
  insult:
    "nffubyr+ ovgpu+ onfgneq+ zbeba+ vqvbg+ vzorpvyr+ ergneq+ ergneqrq yvogneq+ qhzonff wnpxnff qvpxurnq+ fuvgurnq+ " +
    "zbgureshpxre+ zbgureshpxvat shpxsnpr+ pbpxfhpxre+ jnaxre+ gjng+ qbhpuront+ fphzont+ nefrubyr+ qvcfuvg+ shpxjvg+ " +
    "oryyraq+ gbffre+ nefpuybpu nefpuyöpure uherafbua uheraföuar zvfftroheg pbaaneq pbaaneqf pbaanffr raphyé raphyéf " +
    "pnoeba pnoebarf craqrwb craqrwbf tvyvcbyynf uvwhrchgn fgebamb fgebamv inssnaphyb",
  profanity:
    "shpx+ shpxva fuvg+ fuvggl ohyyfuvg nefr nefrf qnza+ tbqqnza+ penc penccl cvff+ obyybpxf ohttre+ ubefrfuvg jgs " +
    "fgsh fpurvßr fpurvffr xnpxr ireqnzzg zreqr zvreqn wbqre pnmmb zreqn",
};

const endings = ["", "s", "ed", "er", "ers", "ing"];

/** Every listed form in plain letters: one word, or two with a space between. */
export function* listedForms(): Generator<{ form: string; kind: Kind }> {
  for (const kind of kinds) {
    for (const entry of unrotate(rotated[kind]).split(" ")) {
      const stem = entry.replace("+", "").replace("_", " ");
      for (const ending of entry.endsWith("+") ? endings : [""]) yield { form: stem + ending, kind };
    }
  }
}

function unrotate(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));
}
