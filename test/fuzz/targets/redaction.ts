import { redact, redactValue } from '@sessionkeep/contracts/internal'
import { hostileValue } from '../hostile.ts'
import { jsonFrom, textFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

const SECRET = 'S3cretS3cret'
const FORMS = [
  `redis://user:${SECRET}@host:6379/0`,
  `postgres://host/db?password=${SECRET}`,
  `{"password":"${SECRET}"}`,
  `password="${SECRET}"`,
  `Authorization: Bearer ${SECRET}`,
  `https://host/x?sig=${SECRET}`,
  `redis-cli -a ${SECRET} ping`,
  `mysql -p${SECRET} db`,
  `curl -u user:${SECRET} https://host`,
] as [string, ...string[]]

/** Redaction: no credential gets through, whatever is around it, and no text takes long. */
export const redaction: FuzzTarget = {
  name: 'redaction',
  corpus: [
    'a:'.repeat(100_000),
    '"'.repeat(100_000),
    'password='.repeat(20_000),
    `${'a'.repeat(100_000)}://`,
    'x@'.repeat(50_000),
  ],
  input: (random) =>
    random.bool(0.8)
      ? `${textFrom(random)} ${random.pick(FORMS)} ${textFrom(random)}`
      : textFrom(random).repeat(1 + random.int(500)) + jsonFrom(random),
  check(input) {
    claim(!redact(input).includes(SECRET), 'a credential got through')
    const error = redactValue(new Error(input)) as Error
    claim(!`${error.message}${error.stack}`.includes(SECRET), 'a credential got through in an error')
    redactValue(JSON.parse(JSON.stringify(hostileJson(input))))
  },
}

/** The value of a text that is JSON without values that JSON cannot express; null for another text. */
function hostileJson(text: string): unknown {
  try {
    return JSON.stringify(hostileValue(text)) === undefined ? null : hostileValue(text)
  } catch {
    return null
  }
}
