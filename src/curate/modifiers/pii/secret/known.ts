/** Keys that tell by their form whose they are. */

/** Forms by the characters that they begin with; each matches at the start of a word. */
export const knownKeys: Readonly<Record<string, RegExp>> = {
  // Amazon Web Services
  AKIA: /AKIA[A-Z0-9]{16}(?![A-Za-z0-9])/y,
  ASIA: /ASIA[A-Z0-9]{16}(?![A-Za-z0-9])/y,
  // GitHub
  ghp_: /ghp_[A-Za-z0-9]{36,251}/y,
  gho_: /gho_[A-Za-z0-9]{36,251}/y,
  ghu_: /ghu_[A-Za-z0-9]{36,251}/y,
  ghs_: /ghs_[A-Za-z0-9]{36,251}/y,
  ghr_: /ghr_[A-Za-z0-9]{36,251}/y,
  gith: /github_pat_[A-Za-z0-9_]{22,255}/y,
  // GitLab
  glpa: /glpat-[A-Za-z0-9_-]{20,64}/y,
  // OpenAI, Anthropic, Stripe
  "sk-": /sk-(?=[A-Za-z_-]*\d)(?:proj-|ant-|svcacct-|or-v1-|live-|test-)?[A-Za-z0-9_-]{20,255}/y,
  sk_l: /sk_live_[A-Za-z0-9]{16,255}/y,
  sk_t: /sk_test_[A-Za-z0-9]{16,255}/y,
  rk_l: /rk_live_[A-Za-z0-9]{16,255}/y,
  whse: /whsec_[A-Za-z0-9+/=]{24,128}/y,
  // Slack
  xoxb: /xoxb-[A-Za-z0-9-]{10,255}/y,
  xoxp: /xoxp-[A-Za-z0-9-]{10,255}/y,
  xoxa: /xoxa-[A-Za-z0-9-]{10,255}/y,
  xoxo: /xoxo-[A-Za-z0-9-]{10,255}/y,
  xoxr: /xoxr-[A-Za-z0-9-]{10,255}/y,
  xoxs: /xoxs-[A-Za-z0-9-]{10,255}/y,
  xapp: /xapp-\d-[A-Za-z0-9-]{10,255}/y,
  // Google
  AIza: /AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y,
  GOCS: /GOCSPX-[A-Za-z0-9_-]{28}/y,
  // JSON Web Tokens
  eyJ: /eyJ[A-Za-z0-9_-]{8,2048}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{16,2048}/y,
  // Registries and hubs
  npm_: /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y,
  pypi: /pypi-AgE[A-Za-z0-9_-]{40,512}/y,
  hf_: /hf_[A-Za-z0-9]{30,64}/y,
  dckr: /dckr_pat_[A-Za-z0-9_-]{20,64}/y,
  // DigitalOcean, Shopify, Square, SendGrid, Mailgun, Twilio, Databricks, Linear, age
  dop_: /dop_v1_[a-f0-9]{64}/y,
  shpa: /shpat_[a-fA-F0-9]{32}/y,
  sq0a: /sq0atp-[A-Za-z0-9_-]{22}/y,
  "SG.": /SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/y,
  "key-": /key-[0-9a-f]{32}(?![0-9a-f])/y,
  dapi: /dapi[a-f0-9]{32}(?![a-f0-9])/y,
  lin_: /lin_api_[A-Za-z0-9]{32,64}/y,
  "AGE-": /AGE-SECRET-KEY-1[A-Z0-9]{58}/y,
};
