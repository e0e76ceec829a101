import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guardMessages } from '../../src/engines/postgres-guard.ts'

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([header, body])
}

/** What a server sends for a login, a query and an error. */
const CONVERSATION = [
  message('R', Buffer.from([0, 0, 0, 10, ...Buffer.from('SCRAM-SHA-256\0\0')])),
  message('R', Buffer.from([0, 0, 0, 11, ...Buffer.from('r=nonce,s=QUFBQQ==,i=4096')])),
  message('R', Buffer.from([0, 0, 0, 12, ...Buffer.from('v=proof')])),
  message('R', Buffer.alloc(4)),
  message('S', Buffer.from('client_encoding\0UTF8\0')),
  message('K', Buffer.alloc(8, 1)),
  message('Z', Buffer.from('I')),
  message('1', Buffer.alloc(0)),
  message('t', Buffer.from([0, 1, 0, 0, 0, 25])),
  message('T', Buffer.from([0, 1, ...Buffer.from('key\0'), ...Buffer.alloc(18)])),
  message('D', Buffer.from([0, 2, 0, 0, 0, 2, 104, 105, 255, 255, 255, 255])),
  message('C', Buffer.from('SELECT 1\0')),
  message('N', Buffer.from('SNOTICE\0Mhello\0\0')),
  message('A', Buffer.from('\0\0\0\x07channel\0payload\0')),
  message('E', Buffer.from('SERROR\0C42P01\0Mno table\0\0')),
  message('Z', Buffer.from('E')),
]

/** Feeds bytes in chunks of these sizes, and returns what was passed on and what was refused. */
function through(bytes: Buffer, sizes: readonly number[]): { passed: Buffer[]; refused: unknown[] } {
  const passed: Buffer[] = []
  const refused: unknown[] = []
  const listen = guardMessages(
    (each) => void passed.push(Buffer.from(each)),
    (error) => void refused.push(error),
  )
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    listen(bytes.subarray(at, at + size))
    at += size
  }
  return { passed, refused }
}

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 })

describe('the messages of a Postgres server', () => {
  test('are passed on whole and in order, however they are cut', () => {
    fc.assert(
      fc.property(sizes, (cuts) => {
        expect(through(Buffer.concat(CONVERSATION), cuts)).toEqual({ passed: CONVERSATION, refused: [] })
      }),
    )
  })

  test('with any bytes changed, are refused at most once, and nothing after that is passed on', () => {
    const whole = Buffer.concat(CONVERSATION)
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(changes, sizes, (exchanged, cuts) => {
        const bytes = Buffer.from(whole)
        for (const [at, byte] of exchanged) bytes[at] = byte
        const { passed, refused } = through(bytes, cuts)
        expect(refused.length).toBeLessThanOrEqual(1)
        const length = passed.reduce((sum, each) => sum + each.length, 0)
        expect(bytes.subarray(0, length).equals(Buffer.concat(passed))).toBe(true)
        for (const each of passed) expect(each.readInt32BE(1)).toBe(each.length - 1)
      }),
    )
  })

  test.each([
    ['an error that ends within a text', message('E', Buffer.from('Mx'))],
    ['an error without its last zero', message('E', Buffer.from('Mx\0'))],
    ['a row with more than its fields', message('D', Buffer.from([0, 0, 7]))],
    ['a negative count', message('T', Buffer.from([255, 255]))],
    ['two billion iterations', message('R', Buffer.from([0, 0, 0, 11, ...Buffer.from('r=x,s=AA==,i=2147483647')]))],
    ['GSSAPI', message('R', Buffer.from([0, 0, 0, 7]))],
  ])('are not passed on: %s', (_, bytes) => {
    const { passed, refused } = through(bytes, [3])
    expect(passed).toEqual([])
    expect(refused).toMatchObject([{ code: expect.stringMatching(/^STORE_(UNAVAILABLE|MISCONFIGURED)$/) }])
  })
})
