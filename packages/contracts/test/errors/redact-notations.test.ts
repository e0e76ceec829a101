import { expect, test } from 'vitest'
import { redact } from '../../src/errors/redact.ts'

const S = 'S3cr3tVal9xQ'

/** Masks a text, and makes sure that masking that again changes nothing. */
function shownOf(text: string): string {
  const shown = redact(text)
  expect(redact(shown)).toBe(shown)
  return shown
}

test.each([
  [`agent --password \\\n  ${S}`, 'agent --password \\\n  ***'],
  [`$ mysql --user root \\\n>   --password \\\n>   ${S}`, '$ mysql --user root \\\n>   --password \\\n>   ***'],
  [`mysql -u root \\\r\n  -p${S} db`, 'mysql -u root \\\r\n  -p*** db'],
  [`PASSWORD=\\\n${S}`, 'PASSWORD=\\\n***'],
  [`curl -H "Authorization: Bearer \\\n${S}" x`, 'curl -H "Authorization: Bearer \\\n***" x'],
  [`redis-cli -h h \\\n  -a ${S} \\\n  ping`, 'redis-cli -h h \\\n  -a *** \\\n  ping'],
  [
    JSON.stringify({ cmd: `agent --password \\\n  ${S} \\\n  x` }),
    JSON.stringify({ cmd: 'agent --password \\\n  *** \\\n  x' }),
  ],
  ['docker run \\\n  -p 8080:80 \\\n  image', 'docker run \\\n  -p 8080:80 \\\n  image'],
  ['mysql -u root -p \\\n  db # password', 'mysql -u root -p \\\n  db # password'],
  ['a\u2004password \\\nis missing', 'a password \\\nis missing'],
])('in lines that a backslash continues, %j is masked as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})
