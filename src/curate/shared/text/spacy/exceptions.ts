/**
 * Words that spaCy's English tokenizer splits or keeps by name (spacy/lang/en/tokenizer_exceptions.py and
 * spacy/lang/tokenizer_exceptions.py, 3.8, MIT licence): contractions, abbreviations,
 * times, emoticons. A curved apostrophe does as well as a straight one.
 */

const title = (word: string) => word[0]!.toUpperCase() + word.slice(1);
const bothCases = (words: string) => words.split(" ").flatMap((word) => [word, title(word)]);

/** Words that look like a contraction without its apostrophe. */
const notContractions = new Set(
  "Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore".split(" "),
);

const kept =
  "\\t \\n — ' \\\") <space> '' C++ ä. ö. ü. a. b. c. d. e. f. g. h. i. j. k. l. m. n. o. p. q. r. s. t. u. v. w. x. y. z. " +
  "em 'em ll 'll nuff 'nuff 'S 's ‘S ‘s and/or w/o 're 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am " +
  "o'clock O'clock lovin' Lovin' lovin Lovin havin' Havin' havin Havin " +
  "Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan. " +
  "Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. " +
  "S.C. Sep. Sept. Tenn. Va. Wash. Wis. " +
  "'d a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. " +
  "Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s. " +
  ":) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( :-(( " +
  ":((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* " +
  ":-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- " +
  "v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<) " +
  "(*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>";

/** `|` marks where the word is split. */
const split =
  "y'|all y|all how|'d|'y How|'d|'y not|'ve not|ve Not|'ve Not|ve can|not Can|not gon|na Gon|na got|ta Got|ta let|'s Let|'s " +
  "c'm|on C'm|on °|c|. °|f|. °|k|. °|C|. °|F|. °|K|.";

/** Lengths of the pieces of each word that is split by name; one length where it is kept whole. */
export const exceptions: ReadonlyMap<string, readonly number[]> = build();

/** The longest exception, in UTF-16 code units. */
export const longestException = Math.max(...[...exceptions.keys()].map((word) => word.length));

/** Which ASCII characters exceptions begin and end with, by `first * 128 + last`: most words are told by them. */
const firstAndLast = new Uint8Array(128 * 128);
for (const word of exceptions.keys()) {
  const [first, last] = [word.charCodeAt(0), word.charCodeAt(word.length - 1)];
  if (first < 128 && last < 128) firstAndLast[first * 128 + last] = 1;
}

/** Lengths of the pieces when `[from, to)` of a stretch is an exception. */
export function exceptionAt(stretch: string, from: number, to: number): readonly number[] | undefined {
  if (from >= to || to - from > longestException) return undefined;
  const first = stretch.charCodeAt(from);
  const last = stretch.charCodeAt(to - 1);
  if (first < 128 && last < 128 && firstAndLast[first * 128 + last] === 0) return undefined;
  return exceptions.get(stretch.slice(from, to));
}

function build(): Map<string, number[]> {
  const words = new Map<string, number[]>();
  const add = (...pieces: string[]) => {
    const word = pieces.join("");
    if (notContractions.has(word)) return;
    const lengths = pieces.map((piece) => piece.length);
    words.set(word, lengths);
    words.set(word.replaceAll("'", "’"), lengths);
  };
  /** With and without each apostrophe: `I'll`, `Ill`. */
  const addEndings = (word: string, endings: string) => {
    for (const ending of endings.split(" ")) {
      add(word, ...ending.split("|"));
      add(word, ...ending.replaceAll("'", "").split("|"));
    }
  };
  for (const word of bothCases("i")) addEndings(word, "'m 'm|a");
  for (const word of bothCases("i you he she it we they")) addEndings(word, "'ll 'll|'ve 'd 'd|'ve");
  for (const word of bothCases("i you we they")) addEndings(word, "'ve");
  for (const word of bothCases("you we they")) addEndings(word, "'re");
  for (const word of bothCases("he she it")) addEndings(word, "'s");
  for (const word of bothCases("who what when where why how there that this these those")) {
    addEndings(word, "'ll 'll|'ve 'd 'd|'ve");
    const [singular, plural] = [/^(that|this)$/i.test(word), /^(these|those)$/i.test(word)];
    if (!plural) addEndings(word, "'s");
    if (!singular) addEndings(word, "'re 've");
  }
  for (const word of bothCases("ca could do does did had may might must need ought sha should wo would")) {
    addEndings(word, "n't n't|'ve");
  }
  for (const word of bothCases("could might must should would")) addEndings(word, "'ve");
  for (const word of bothCases("ai are is was were have has dare")) addEndings(word, "n't");
  for (const word of bothCases("doin goin nothin nuthin ol somethin")) {
    add(word);
    add(`${word}'`);
  }
  for (let hour = 1; hour <= 12; hour++) for (const half of ["a.m.", "am", "p.m.", "pm"]) add(`${hour}`, half);
  for (const word of kept.split(" ")) add(word);
  for (const word of split.split(" ")) add(...word.split("|"));
  return words;
}
