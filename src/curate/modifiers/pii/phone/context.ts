/** What the words before a number say about it. */
import { before } from "../characters.ts";

const contextLength = 40;

/** A number after one of these may be a telephone number whatever its layout. */
const phoneWords =
  /(?:\b(?:tel|tels|telephone|phone|phones|telephones|fax|faks|telefax|mobile|mob|cell|cellular|cellphone|whatsapp|signal|viber|telegram|telefon|telefono|teléfono|telefone|téléphone|téléphones|tél|handy|mobil|móvil|movil|celular|cellulare|portable|gsm|hotline|helpline|landline|switchboard|sms|pager|voicemail|rufnummer|telefonnummer|puh|tlf|komórka)\b|☎|📞|📱|☏|✆|電話|电话|手机|тел|телефон)[^\d\n+(]{0,18}$/;
const callWords =
  /\b(?:call|calls|called|calling|dial|ring|text|txt|contact|reach|reached|anruf|appelez|llame|llamar|ligue|chiama)\b(?: (?:me|us|him|her|them|our|my|the|office|line|number|directly|toll[- ]free|free|now|today|anytime|or|text|back|desk|reception|sales|support|team))*(?: (?:at|on|under|au|al|:))?[\s:(]*$/;
/** A number after one of these is something else. */
const otherWords =
  /(?:\b(?:part|parts|sku|model|serial|isbn|issn|doi|order|orders|invoice|item|catalog(?:ue)?|product|article|art|version|ver|lot|batch|p\/n|s\/n|pn|sn|case|docket|ref|reference|ticket|tracking|parcel|account|acct|id|ids|build|patent|commit|coordinates?|lat|lon|long|latitude|longitude|ean|upc|gtin|imei|iban|zip|vin|policy|license|licence|booking|confirmation|voucher|coupon|transaction|customer|member|employee|student|page|pages|pp|score|range|seed|rev|revision|firmware|drawing|spec|standard|iso|din|number of|flight|bug|issue|rfc|pmid|arxiv|isin|nhs|npi|ein|vat|ssn|passport|timestamp|epoch|pin|code)\b\.?[^\w\n]{0,3}(?:(?:no|nr|number|numbers|num|code|id|key|#)\b\.?)?(?: (?:is|was|are))?[\s.:=#"'([]*|[#$€£¥§] ?)$/;

export type Context = "phone" | "other" | "unknown";

/** Whether what stands before the number at `start`, on its line, speaks for a telephone number or against one. */
export function contextOf(text: string, start: number): Context {
  const context = before(text, start, contextLength);
  if (phoneWords.test(context) || callWords.test(context)) return "phone";
  return otherWords.test(context) ? "other" : "unknown";
}
