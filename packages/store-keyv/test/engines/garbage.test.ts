import { describe } from 'vitest'
import { type Garbage, garbage } from '../support/garbage.ts'

/** A message of Postgres. */
function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([header, body])
}

const int32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number, 4 * index)
  return bytes
}
const READY = Buffer.concat([message('R', int32(0)), message('Z', Buffer.from('I'))])
const after = (bytes: Buffer): Garbage => ({ answers: [Buffer.concat([READY, bytes])] })
const sent = (...answers: readonly Buffer[]): Garbage => ({ answers })

const POSTGRES: Readonly<Record<string, Garbage>> = {
  'a request for an unknown authentication': sent(message('R', int32(99))),
  'a request for GSSAPI': sent(message('R', int32(7))),
  'a request for SSPI': sent(message('R', int32(9))),
  'a request for SCRAM without a mechanism': sent(message('R', int32(10))),
  'a request for two billion iterations of the hash': sent(
    message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')])),
    message('R', Buffer.concat([int32(11), Buffer.from('r=x,s=QUFBQQ==,i=2147483647')])),
  ),
  'a message of length 0': sent(Buffer.from([0x52, 0, 0, 0, 0, 0, 0, 0, 0])),
  'a message of 2 GiB': sent(Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])),
  'a message of -1 bytes': sent(Buffer.from([0x52, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])),
  'a description of -1 columns': sent(message('T', Buffer.from([255, 255]))),
  'an error without its end': sent(message('E', Buffer.from('Mx'))),
  'a parameter without its end': sent(message('S', Buffer.from('abc'))),
  'a state that does not exist': sent(message('Z', Buffer.alloc(0))),
  'a field of 2 GiB': after(message('D', Buffer.from([0, 1, 127, 255, 255, 255]))),
  'a field of -2 bytes': after(message('D', Buffer.from([0, 1, 255, 255, 255, 254]))),
  'a message of an unknown type': after(message('?', Buffer.alloc(2))),
  'a copy that nobody asked for': after(message('G', Buffer.from([0, 0, 0]))),
  'a row that nobody asked for': after(message('D', Buffer.from([0, 1, 0, 0, 0, 1, 116]))),
  'a row description that nobody asked for': after(message('T', Buffer.from([0, 0]))),
  'a completed command that nobody asked for': after(message('C', Buffer.from('SELECT 1\0'))),
  'a parsed statement that nobody asked for': after(message('1', Buffer.alloc(0))),
  'a suspended portal that nobody asked for': after(message('s', Buffer.alloc(0))),
  'an empty query that nobody asked for': after(message('I', Buffer.alloc(0))),
  'an error that nobody asked for': after(message('E', Buffer.from('SFATAL\0C57P01\0Mbye\0\0'))),
}

const frame = (bytes: readonly number[]): Garbage => ({ first: Buffer.from(bytes) })

const HTTP2: Readonly<Record<string, Garbage>> = {
  'settings of 0 bytes': frame([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  'a frame of 16 MiB': frame([255, 255, 255, 0, 0, 0, 0, 0, 1]),
  'the end of the connection': frame([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
  'the end of a stream that does not exist': frame([0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2]),
}

const RESP: Readonly<Record<string, Garbage>> = {
  'a text of -5 bytes': sent(Buffer.from('$-5\r\n')),
  'an array of two billion': sent(Buffer.from('*2147483647\r\n')),
  'a push that nobody asked for': sent(Buffer.from('>2\r\n+message\r\n+x\r\n')),
  'a number that is none': sent(Buffer.from(':abc\r\n')),
  'an unknown type': sent(Buffer.from('?what\r\n')),
  'answers to what was not asked': sent(Buffer.from('+OK\r\n'.repeat(100))),
}

describe('Postgres', () => garbage((port) => ({ uri: `postgres://u:s3cret@127.0.0.1:${port}/d` }), POSTGRES))
describe('Postgres with TLS', () =>
  garbage((port) => ({ uri: `postgres://u:s3cret@127.0.0.1:${port}/d?sslmode=no-verify` }), {
    'SSL, and then no handshake': sent(Buffer.from('S'), Buffer.from('hello')),
    'no SSL': sent(Buffer.from('N')),
  }))
describe('etcd', () => garbage((port) => ({ uri: `etcd://u:s3cret@127.0.0.1:${port}` }), HTTP2))
describe('Redis', () => garbage((port) => ({ uri: `redis://u:s3cret@127.0.0.1:${port}` }), RESP))
describe('Redis with TLS', () => garbage((port) => ({ uri: `rediss://u:s3cret@127.0.0.1:${port}` })))
