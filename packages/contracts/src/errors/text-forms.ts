import { commandForms, type Form, GAP, replaced } from './command-forms.ts'
import { withLinesJoined } from './continued-lines.ts'
import { hasEndOfKey, withoutEndsOfKeys } from './key-lines.ts'
import { namedValueForms } from './named-values.ts'
import { HEADERS, KEY_VARIABLE, NAMED, SECRET_NAME } from './names.ts'
import { nestedForms } from './nested-values.ts'
import { MAKERS, tokenForms } from './token-forms.ts'
import { withoutLogin } from './uri-forms.ts'

/** A value in quotes. They may be escaped, as in JSON within JSON, or lack their end because the text was cut. */
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`|\\\\+"[^"]*"|\\\\*["\'`][^"\'`]*$'
/** A list or an object on one line that has a text in it, and not only numbers. */
const GROUP = [
  '\\[(?=[^\\]\\n]{1,400}\\])(?=[^\\]\\n]*?[A-Za-z"\'`])[^\\]\\n]+\\]',
  '\\{(?=[^{}\\n]{1,400}\\})(?=[^{}\\n]*?:\\s*\\\\*["\'`])[^{}\\n]+\\}',
].join('|')
const YAML_BLOCK = '[|>][+-]?[ \\t]*(?:\\n[ \\t]+[^\\n]*)+'
const PLAIN = '[^\\s,;{}[\\]"\'`\\\\]+'
/** The name of a field of JSON, and no value. */
const FIELD = '\\\\*"\\w{1,40}\\\\*"\\s{0,4}:'
/** What a notation before has masked, so that it is no value. */
const MASKED = '\\*{3}(?:[\\s,;}\\])/]|$)'

/** Whether a text may have credentials: each notation below has one of these, and most names, messages and lines have none. */
const SUSPECT = new RegExp(
  `@|(?:^|[\\s"'\`])-|-----END|pass|pwd|\\bpw\\b|secret|token|credential|key|auth|psk|sig|cookie|user|login|identified\\s|\\bset|bearer\\s|basic\\s|:AA|webhooks|${MAKERS}`,
  'i',
)

type Forms = readonly Form[]

/** Made at its first use: compiling the patterns would take a tenth of the time of an import. */
let forms: Forms | undefined

/** Makes the list of the notations of credentials, each with its replacement. */
function makeForms(): Forms {
  // Fields of Go have neither quotes nor commas. A value goes to the next name, or to the end.
  const fieldOfGo = new RegExp(
    `([\\s{[]${NAMED}:)(?![\\s"'\`{[\\\\]|\\*{3})[^\\n]+?(?=\\s[\\w.-]+:|[}\\]](?:[\\s}\\],;)]|$)|$)`,
    'gi',
  )
  // A name may be in an added line of a diff, in a box, or behind the number of a search.
  const before = '(?:^|[{[,\\s"\'`+│┃║]|\\d:)'
  const valueInLine = `(?:${QUOTED}|${YAML_BLOCK}|${GROUP}|${PLAIN}(?=\\s*(?:$|[,;}\\]\\n#│┃║"'\`\\\\])))`
  return [
    // scheme://user:password@host, up to the last @. A quote ends the URI only where it closes the text. A file: URI has no login.
    // The whole word is taken at once, since a word with many schemes would be searched for an @ from each of them.
    [/(?<![a-z0-9+.-])(?!file:)[a-z][a-z0-9+.-]{0,40}:\/\/(?:[^\s"'`]|["'`](?![\s,;:)}\]]|$))*/gi, withoutLogin],
    // user:password@host alone, as a word or in quotes. An image may have a digest, and a mail, a package or a drive no password.
    [
      /((?:^|[\s"'`(])(?:[\w.+-]{0,40}\/\/)?)(?!<?(?:mailto|npm|patch|acct|sips?|xmpp):|[a-z]:[\\/])[^\s@/:"'`(]{0,100}:(?!\/\/)[^\s"'`]{1,200}@(?!sha\d+:)/gi,
      '$1***@',
    ],
    // ?password=…&sig=…
    [
      /([?&#][^=&?#\s]*(?:pass|pwd|\bpw\b|secret|token|(?<!mon|don|tur)key(?!board|word)|auth(?!or(?!i))|user|(?<!de|as)sig(?!nal)|\bpsk\b)[^=&\s]{0,40})=[^&\s"'`]*/gi,
      '$1=***',
    ],
    // Authorization: Digest …, Authorization: Token …, Cookie: …, also several in a list
    [/\b(digest\s+)(?=username\s*=)[^\n\v]+/gi, '$1***'],
    [
      new RegExp(
        `(${HEADERS}["'\`\\\\]{0,6}\\s{0,4}(?::|=>?)\\s{0,4})\\[[^\\]\\v]*(?:\\](?![\\s,;})\\]]|$)[^\\]\\v]*)*\\]?`,
        'gi',
      ),
      '$1***',
    ],
    [
      new RegExp(
        `\\b(authorization["'\`\\\\]{0,6}\\s{0,4}(?:=>|[:=])\\s{0,4}["'\`\\\\]{0,6}(?!\\s|(?:[a-z-]{1,20}\\s+)?${MASKED})(?:[a-z-]{1,20}\\s+)?)[^\\s"'\`,;\\\\]+`,
        'gi',
      ),
      '$1***',
    ],
    [
      new RegExp(
        `\\b(cookie["'\`\\\\]{0,6}\\s{0,4}(?::|=>)\\s*["'\`\\\\]{0,6})(?!\\s|${MASKED})[^\\n\\v"'\`\\\\]+`,
        'gi',
      ),
      '$1***',
    ],
    // Bearer …, Basic …
    [/\b(bearer\s+)(?!token\b|auth)[^\s"'`,;]+/gi, '$1***'],
    [/\b([Bb]asic\s+)(?=[^\s]*[\dA-Z=])[A-Za-z0-9+/=_-]{4,}/g, '$1***'],
    ...tokenForms(),
    [/(-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(?=-----END|$)/g, '$1***'],
    // --password …
    [
      new RegExp(
        `((?:^|[\\s"'\`])--?${NAMED}${GAP})(?!\\\\*["'\`]?-|\\\\(?:\\s|$)|${FIELD})(?:${QUOTED}|[^\\s"'\`]+)`,
        'gi',
      ),
      '$1***',
    ],
    ...commandForms(QUOTED, NAMED),
    // Password=…; in a connection string, Environment=PASSWORD=… of systemd, ENV["PASSWORD"] = …, 'password' => … in a map that Node shows.
    [
      new RegExp(
        `((?:^|[;,:\\s"'\`({[]|=(?=[\\w.-]+=))[^\\s=;,:"'\`({[}\\\\]*${SECRET_NAME}[^\\s=;,:"'\`{}\\\\/?&]{0,40}\\??\\\\{0,4}["'\`]?\\]?\\s*(?::=|=>|=)\\s*)(?:${QUOTED}|[^;\\s]*)`,
        'gi',
      ),
      '$1***',
    ],
    // "password": "…" in JSON, password: … at the end of a line of YAML. `password: must be text` is neither.
    // A program that asks for it may show the present one, as `Secret Access Key [None]: …`.
    [
      new RegExp(
        `(${before}${NAMED}(?:\\]|\\s\\[(?:None|\\*{1,20}\\w{0,8})\\])?\\\\*["'\`]?\\s*:\\s*)${valueInLine}`,
        'gi',
      ),
      '$1***',
    ],
    // AZURE_STORAGE_KEY=…, "AZURE_STORAGE_KEY": "…". A constant in source text has blanks around its sign.
    [new RegExp(`((?:${before}|[;:=(])${KEY_VARIABLE}=)(?!=)(?:${QUOTED}|[^;\\s"'\`]+)`, 'g'), '$1***'],
    [new RegExp(`(${before}${KEY_VARIABLE}\\\\*["'\`]?\\s{0,4}:\\s{0,4})${valueInLine}`, 'g'), '$1***'],
    ...nestedForms(before, QUOTED),
    // name: DB_PASSWORD and then value: …, or the other way round
    ...namedValueForms(`${QUOTED}|${YAML_BLOCK}|${PLAIN}`, MASKED),
    // {User:a Password:…} and map[password:…] of Go. The rest of a line is taken at once.
    [/(?:\{|map\[)[^\n]*/gi, (line) => line.replace(fieldOfGo, '$1***')],
    // <password>…</password>
    [new RegExp(`(<(?:[\\w.-]{1,40}:)?${NAMED}(?:\\s[^<>]{0,200})?>)[^<]+(?=</)`, 'gi'), '$1***'],
  ]
}

/** Whether a text may have credentials, which most have not. */
export function isSuspect(text: string): boolean {
  return SUSPECT.test(text)
}

/** Masks the credentials in a text of limited length. */
export function masked(text: string): string {
  forms ??= makeForms()
  const withoutKeys = hasEndOfKey(text) ? withoutEndsOfKeys(text.split('\n')).join('\n') : text
  return withLinesJoined(withoutKeys, (joined) => (forms ?? []).reduce(replaced, joined))
}
