/** Lines that belong to a web page rather than to its text. Each pattern has to match a whole line in lowercase. */

/** A longer line is prose, whatever it says. */
export const longestLine = 240;

const name =
  "facebook|twitter|x|linkedin|pinterest|reddit|whatsapp|telegram|tumblr|email|instagram|youtube|rss|google\\+";

/** Alternatives of one expression, by what they are. */
const patterns: Readonly<Record<string, readonly string[]>> = {
  cookies: [
    "(?:this|our) (?:web ?)?site uses cookies\\b.*",
    "we (?:and our partners )?use cookies (?:to|on|and|for|in order to)\\b.*(?:experience|site|website|traffic|content|ads|advertising|preferences|consent)\\b.*",
    "by (?:continuing|using|browsing|clicking)\\b.*\\bcookies?\\b.*",
    "(?:accept|reject|manage|allow|decline)(?: all)?(?: optional)? cookies",
    "cookies? (?:policy|settings|preferences|notice|consent|statement)",
    "(?:privacy policy|privacy notice)(?: (?:and|&) cookies?(?: policy)?)?",
  ],
  rights: [
    "all rights reserved\\.?",
    "(?:copyright|©|\\(c\\)|&copy;)\\s.{0,160}\\ball rights reserved\\.?.{0,40}",
    "(?:copyright )?(?:©|&copy;) ?(?:19|20)\\d\\d(?: ?[-–] ?(?:19|20)?\\d\\d)?.{0,60}",
    ".{0,60}(?:©|\\(c\\)) ?(?:19|20)\\d\\d.{0,60}\\ball rights reserved\\.?",
    "powered by (?:wordpress|drupal|joomla|shopify|blogger|squarespace|wix|vbulletin|phpbb|disqus|mediawiki)\\b.{0,60}",
  ],
  share: [
    `(?:share|tweet)(?: (?:this|it))?(?: (?:article|post|page|story|link))?(?: (?:on|to|via|by|with) (?:${name}))?(?: \\(opens in new window\\))?[.!:]?`,
    `(?:pin|like|post|save) (?:this|it)(?: (?:article|post|page|story|link))?(?: (?:on|to|via|by) (?:${name}))[.!:]?`,
    `(?:click to )?(?:share|email|print|tweet)(?: this| a link)? (?:on|to|via) (?:${name}|a friend)(?: \\(opens in new window\\))?[.!]?`,
    `(?:follow|like|find|join) us(?: on| at)?(?:[\\s,&|/]|\\b(?:and|${name})\\b)*[.!:]?`,
    `(?:${name})(?:\\s*[|•·,/]\\s*(?:${name}))+`,
    "(?:print|email)(?: this)? (?:page|article|post|story)",
  ],
  subscribe: [
    "subscribe(?: now| today| here)?[.!]?",
    "(?:subscribe|sign ?up)(?: (?:to|for))(?: (?:our|the|my|this))?(?: (?:free|daily|weekly|monthly|email))*(?: (?:newsletter|mailing list|blog|updates|feed|channel|newsletters))\\b.{0,60}",
    "(?:get|receive) (?:the latest|our) .{0,60}\\b(?:inbox|newsletter)\\b.{0,20}",
    "enter your e-?mail(?: address)?\\b.{0,60}",
    "unsubscribe(?: here| at any time)?[.!]?",
  ],
  account: [
    "(?:log ?in|log ?out|log on|sign ?in|sign ?out|sign ?up|my account|create (?:an )?account|forgot (?:your )?password\\??)",
    "(?:log ?in|sign ?in|register|sign ?up)(?: (?:or|to|and|/|\\|) ?(?:log ?in|sign ?in|register|sign ?up|your account|continue|comment|reply|post(?: a)? comments?|leave a comment))+[.!]?",
    "(?:you must be|please|you need to) (?:logged|log|sign|signed|be logged) in to (?:post|leave|comment|reply|view|continue)\\b.{0,40}",
  ],
  navigation: [
    "(?:skip|jump) to (?:(?:main |the )*(?:content|navigation|search|footer|sidebar)|navigation,? search)[.:]?",
    "(?:back to|return to|go to) (?:the )?(?:top|home ?page|main page|previous page)(?: of page)?[.!]?",
    "(?:main |site |primary |secondary )(?:menu|navigation)|toggle (?:navigation|menu|search|sidebar)|navigation menu",
    "(?:«|‹|<|←|&laquo;)? ?(?:previous|prev|older)(?: (?:post|page|article|entry|entries|posts|story))?(?: ?[|/•·] ?| )(?:next|newer)(?: (?:post|page|article|entry|entries|posts|story))? ?(?:»|›|>|→|&raquo;)?",
    "(?:read|show|load|view|see) (?:more|less|all)(?: (?:articles|posts|comments|stories|news|results|»))?(?: ?(?:»|›|>|→|\\.\\.\\.|…))?",
    "(?:click|tap) here(?: to (?:subscribe|read more|continue|print|log in|register))?[.!]?",
    "(?:terms|conditions)(?: (?:and|&|of) (?:conditions|use|service))+|terms of (?:use|service)|site ?map|accessibility statement",
    "(?:add|added) to (?:cart|basket|wish ?list|bag)|buy now|add to favou?rites|out of stock",
    "(?:leave|post|add|write) (?:a|your) (?:comment|reply|review)(?: cancel reply)?|cancel reply|\\d+ comments?|no comments(?: yet)?",
    "advertisements?|sponsored(?: content| links?| post)?|advertise with us|loading(?:\\.\\.\\.|…)|please enable javascript\\b.{0,80}",
    "page \\d{1,4} of \\d{1,4}",
  ],
};

/** Any of the patterns, over a whole line. */
export const boilerplateLine = new RegExp(`^(?:${Object.values(patterns).flat().join("|")})$`);

/** Words that menus are made of. A bar needs two of them, or one as its first. */
export const menuWords: ReadonlySet<string> = new Set(
  "home,homepage,about,about us,contact,contact us,faq,faqs,help,search,login,log in,log out,logout,sign in,sign up,register,news,blog,products,services,careers,jobs,support,sitemap,site map,privacy,privacy policy,terms,terms of use,terms of service,terms & conditions,cookies,cookie policy,legal,imprint,impressum,kontakt,startseite,datenschutz,accueil,shop,store,cart,my account,account,archive,archives,forum,forums,events,gallery,press,media,downloads,download,advertise,newsletter,subscribe,rss,menu,next,previous,top,feedback,accessibility,our team,team,portfolio,pricing,docs,documentation,community".split(
    ",",
  ),
);
