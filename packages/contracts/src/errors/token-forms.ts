/** What the keys and tokens of known makers begin with. Behind it come letters, digits, `-` and `_`. */
const BEGINNINGS = [
  ...['sk-', '[sr]k_(?:live|test)_', 'gh[opsur]_', 'github_pat_', 'gl(?:pat|rt|dt|ptt|cbt|soat|agent)-'],
  ...['xox[abeprs]-', 'xapp-', 'A[KS]IA', 'AIza', 'ya29\\.', 'pypi-AgE', 'hv[sbr]\\.', 'do[opr]_v1_', 'dckr_[po]at_'],
  ...['shp(?:at|ca|pa|ss)_', 'lin_api_', 'tskey-', 'nvapi-', 'sbp_', 'lsv2_', 'AGE-SECRET-KEY-', 'ATATT3', 'PMAK-'],
]
/** What those begin with whose rest is letters and digits only. Words of programs, such as `npm_config_registry`, have a `_`. */
const BEGINNINGS_OF_WORDS = ['npm_', 'hf_', 'gsk_', 'xai-', 'pplx-', 'r8_', 'ntn_', 'figd_', 'fo1_']

/** Matches the beginning of any of these tokens, and of JSON Web Tokens. */
export const MAKERS = [
  ...BEGINNINGS,
  ...BEGINNINGS_OF_WORDS,
  'eyJ',
  'SG\\.',
  'atlasv1',
  'hooks\\.slack',
  'Q~',
  '[\\w-]{23}\\.[\\w-]{6}\\.',
].join('|')

/** Notations of keys and tokens that show by themselves what they are. */
export function tokenForms(): Array<readonly [form: RegExp, masked: string]> {
  return [
    [new RegExp(`(?<![\\w-])(${BEGINNINGS.join('|')})[\\w-]{16,}`, 'g'), '$1***'],
    [new RegExp(`(?<![\\w-])(${BEGINNINGS_OF_WORDS.join('|')})[A-Za-z0-9]{20,}`, 'g'), '$1***'],
    // JSON Web Tokens, and the keys of SendGrid, Discord, HashiCorp, Telegram and Azure.
    [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, '***'],
    [/(?<![\w-])SG\.[\w-]{16,}\.[\w-]{16,}/g, 'SG.***'],
    [/(?<![\w-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}/g, '***'],
    [/(?<![\w-])\w{14}\.atlasv1\.[\w-]{16,}/g, '***'],
    [/(?<![\w-])(\d{8,10}:)AA[\w-]{32,}/g, '$1***'],
    [/(?<![\w-])[\w.~-]{3}\dQ~[\w.~-]{31,}/g, '***'],
    // The addresses of webhooks, whose last part is a secret.
    [/(hooks\.slack\.com\/services\/)[\w/-]+/g, '$1***'],
    [/(discord(?:app)?\.com\/api\/webhooks\/\d+\/)[\w-]+/g, '$1***'],
  ]
}
