/** Words that make a line an address: kinds of streets in several languages, units, states, particles. */

/** English kinds of streets that are hardly anything else. */
export const plainStreets =
  "Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Parkway|Pkwy|Highway|Hwy|Terrace|Ter|Crescent|Cres|Expressway|Freeway|Turnpike|Tpke|Mews";

/** English kinds of streets that are common words too: something has to follow or to end. */
export const wordyStreets =
  "Court|Ct|Place|Pl|Square|Sq|Way|Circle|Cir|Close|Gardens|Gdns|Grove|Row|Hill|Trail|Trl|Alley|Plaza|Plz|Walk|Wharf|Quay|Park|Green|View|Path|Pike|Loop|Run|Rise|Gate|Vale|Parade|Bypass|Crossing|Heights|Hts|Point|Pt|Ridge|Estate|Broadway";

export const states =
  "AA|AE|AP|AS|FM|GU|MH|MP|PW|VI|AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|" +
  "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming";

/** Provinces of Canada and states of Australia, which stand before a postcode. */
export const provinces = "ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|YT|NT|NU|NSW|VIC|QLD|WA|SA|TAS|ACT";

export const units =
  "Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Building|Bldg|Office|Level|Lot|Studio|PO Box|P\\.O\\. Box";

/** French kinds of streets; the name follows. */
export const frenchStreets =
  "rue|avenue|av\\.|ave\\.|boulevard|boul\\.|bd\\.?|bld|place|pl\\.|chemin|impasse|allées?|quai|cours|route|rte\\.?|square|passage|sentier|esplanade|promenade|faubourg|ruelle|villa|cité|rond-point|montée|voie";

/** Spanish, Italian, Portuguese and Polish kinds of streets; the name and the number follow. */
export const southernStreets =
  "Calle|Urbanización|Callejón|Cuesta|Pasadizo|Pasaje|Acceso|Glorieta|Cañada|Vial|Canale|Borgo|Contrada|Strada|Stretto|Rotonda|Incrocio|C\\/|Avda\\.?|Av\\.|Avenida|Plaza|Pza\\.?|Paseo|Pº|Carretera|Ctra\\.?|Camino|Ronda|Travesía|Vía|Via|Viale|V\\.le|Piazza|P\\.za|P\\.zza|Piazzale|Corso|C\\.so|Largo|Vicolo|Lungotevere|Rua|Travessa|Praça|Avenida|Alameda|Estrada|ul\\.|al\\.|pl\\.|os\\.|Carrer|Passeig|Rambla";

/** Endings of streets' names in German, Dutch and Scandinavian languages; the number follows. */
export const northernEndings =
  "straße|strasse|str\\.|gasse|weg|allee|platz|ufer|chaussee|steig|stieg|brücke|straat|laan|gracht|plein|kade|singel|gatan|vägen|gränd|veien|vej";
/** Endings that other words have too: a postcode has to follow. */
export const wordyEndings =
  "ring|damm|graben|markt|hof|berg|kamp|dreef|dijk|torg|gata|gaten|vei|gade|allé|katu|tie|gate";

/** Words in lowercase that may stand inside the name of a street or a town. */
export const particles =
  "de|la|le|les|du|des|del|della|delle|dei|degli|di|da|do|dos|das|el|los|las|y|e|et|en|sur|sous|lès|aux|au|à|van|aan|bij|op|ter|ten|von|der|den|dem|het|am|an|im|in|zur|zum|bei|unter|upon|of|the|and|on|under|in|ob|a\\.d\\.|d['’]|l['’]|i";
