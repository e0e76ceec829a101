/** A notation of credentials, and what replaces a text of it: a pattern, or a function of the text and its groups. */
export type Form = readonly [form: RegExp, masked: string | ((text: string, ...groups: string[]) => string)]

/** Replaces each text of a notation. */
export function replaced(text: string, [form, masked]: Form): string {
  return typeof masked === 'string' ? text.replace(form, masked) : text.replace(form, masked)
}

/** Matches what is between an option and its value, in a command line or in a JSON list of words. After a quoted option the value is quoted too. */
export const GAP = String.raw`(?:["'\x60\\]{1,4}[\s,]+(?=\\*["'\x60])|\s+|=)`
/** Matches the rest of the same command, up to a limit, so that no text takes long to search. */
const REST = String.raw`[^\n|;&]{0,400}?[\s"'\x60]`

/** Programs with an option whose value is a credential. The option takes its value from the same word or from the next one. */
const OPTIONS: ReadonlyArray<readonly [programs: string, option: string]> = [
  ['(?:redis|valkey|keydb)-cli', '-a'],
  ['(?:sshpass|mongo\\w*|smbpasswd|cqlsh|(?:docker|podman|nerdctl|az(?: acr)?|oc)\\s+login)', '-p'],
  ['ldap\\w+', '-w'],
  ['(?:sqlcmd|osql|bcp|zip|unzip)', '-P'],
  ['openssl', '-k'],
  // Other options of one letter, which take no value, may be in the same word before this one.
  ['curl', '-[sSLfkviIgGjJlnNORaBpqZ0-46#]{0,20}[uUb]'],
]
/** Programs that take a password only if it follows `-p` in the same word. The next word is something else, such as the database. */
const JOINED = '(?:mysql\\w*|mariadb\\w*|mycli|7za?)'

/** Words of a command that are followed by a credential without an option. */
const WORDS = [
  '(?:requirepass|masterauth)',
  'AUTH(?:\\s+[\\w.-]+(?=\\s+[^\\s"\'`]))?',
  'mysqladmin\\b[^\\n|;&]{0,200}?\\spassword',
  'vault\\s+login',
  'rabbitmqctl\\s+(?:add_user|change_password)\\s+\\S+',
  'htpasswd\\s+-\\w{0,20}b\\w{0,20}\\s+\\S+\\s+\\S+',
]

/**
 * Notations of credentials in commands: of shells, of Redis and of SQL. `quoted` matches a value in quotes, `secret` the name
 * of something secret.
 */
export function commandForms(quoted: string, secret: string): Form[] {
  const value = `(?:${quoted}|[^\\s"'\`]+)`
  // A quote that ends the word of the option is not the beginning of its value.
  const joined = `(?![\\s,=]|\\\\*["'\`](?:[\\s,\\])}]|$))`
  return [
    // -u user:password, ETCDCTL_USER=user:password. A number is a group or a port.
    [
      new RegExp(
        `((?:^|[\\s"'\`])(?:-[uUa]|--(?:proxy-)?user|--auth|--creds|\\w{1,40}_USER)${GAP}["'\`\\\\]{0,4}[^\\s:%"'\`=,/]{1,100}[:%])(?!//|\\d+(?![^\\s"'\`\\\\]))(?:(?<=["'\`][^\\s:%"'\`]{1,100}[:%])[^"'\`\\n\\\\]+|[^\\s"'\`]+)`,
        'g',
      ),
      '$1***',
    ],
    ...OPTIONS.map(
      ([programs, option]) =>
        [new RegExp(`(\\b${programs}\\b${REST}${option}(?:${GAP}(?!-)|${joined}))${value}`, 'g'), '$1***'] as const,
    ),
    [new RegExp(`(\\b${JOINED}\\b${REST}-p${joined})${value}`, 'g'), '$1***'],
    // --cookie name=…
    [new RegExp(`(--(?:cookie|from-literal)${GAP}["'\`\\\\]{0,4}[^\\s="'\`]{1,100}=)[^\\s"'\`]+`, 'g'), '$1***'],
    // config set requirepass …
    [new RegExp(`(\\b(?:${WORDS.join('|')})${GAP})(?![<-])(?=\\S*[^a-z\\s])${value}`, 'g'), '$1***'],
    // set -x NAME …, setenv NAME …
    [
      new RegExp(
        `(\\b(?:setenv|set-environment|set\\s+-\\w+|configure\\s+set)\\s+(?:-\\w+\\s+){0,4}${secret}${GAP})${value}`,
        'gi',
      ),
      '$1***',
    ],
    // ACL SETUSER … >…
    [
      /\bACL\s+SETUSER\s[^\n]*(?:\n[><#][^\s"'`]+)?/gi,
      (line) => line.replace(/(?<=[\s"'`])([><]|#(?=[\da-f]))[^\s"'`]+/gi, '$1***'),
    ],
    // etcdctl user add name:…, and a line of .netrc.
    [/(\buser\s+add\s+[^\s:"'`]{1,100}:)[^\s"'`]+/g, '$1***'],
    [/(\blogin\s+\S{1,100}\s+password\s+)\S+/g, '$1***'],
    // IDENTIFIED BY '…', IDENTIFIED WITH plugin BY '…' REPLACE '…', PASSWORD '…', PASSWORD('…')
    [
      new RegExp(
        `(\\b(?:password|passphrase|identified\\s+(?:with\\s+\\S{1,80}\\s+)?(?:by|as))(?:\\s+|\\s*\\(\\s*))(?:${quoted})`,
        'gi',
      ),
      '$1***',
    ],
    [new RegExp(`(?<=\\*{3}\\s{1,4}replace\\s{1,4})(?:${quoted})`, 'gi'), '***'],
  ]
}
