import { StoreError } from '@sessionkeep/contracts'

/** The bytes before the body of a message: its type, and its length, which includes the length itself. */
const HEADER = 5
/** The longest message. One row holds one record, and `get` leaves larger ones on the server. */
const MOST_BYTES = 64 * 1024 * 1024
/** The most iterations of the hash of a password. Postgres uses 4096 by default. A million takes one of Node's four threads about a second. */
const MOST_ITERATIONS = 1_000_000

const AUTHENTICATIONS: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  6: 'SCM credentials',
  7: 'GSSAPI',
  8: 'GSSAPI',
  9: 'SSPI',
}

/**
 * Returns a listener for the data of a server. It passes whole messages on that have the form of the protocol, one at a
 * time. `pg` itself throws, or reads without end, when a server sends anything else, and an exception inside of a
 * listener would end the process. The first wrong message, or the first exception of `deliver`, is given to `refuse`,
 * and everything after it is ignored.
 */
export function guardMessages(
  deliver: (message: Buffer) => void,
  refuse: (error: unknown) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let size = 0
  let wanted = HEADER
  let isRefused = false

  const takeMessages = (bytes: Buffer): void => {
    let at = 0
    wanted = HEADER
    while (bytes.length - at >= HEADER) {
      const length = 1 + bytes.readUInt32BE(at + 1)
      if (length < HEADER || length > MOST_BYTES) throw wrongMessage(`a message of ${length - 1} bytes`)
      if (bytes.length - at < length) {
        wanted = length
        break
      }
      const message = bytes.subarray(at, at + length)
      checkMessage(message)
      deliver(message)
      at += length
    }
    chunks = at < bytes.length ? [bytes.subarray(at)] : []
    size = bytes.length - at
  }

  return (chunk) => {
    if (isRefused) return
    chunks.push(chunk)
    size += chunk.length
    if (size < wanted) return
    try {
      takeMessages(chunks.length === 1 ? chunk : Buffer.concat(chunks, size))
    } catch (error) {
      isRefused = true
      chunks = []
      refuse(error)
    }
  }
}

/** Reads the body of a message. Each step fails if it would go beyond the end of the message. */
class Reader {
  #at = HEADER
  constructor(private readonly message: Buffer) {}

  skip(bytes: number): void {
    this.#at += bytes
    if (this.#at > this.message.length) throw wrongMessage('a message without its end')
  }
  int16(): number {
    this.skip(2)
    return this.message.readInt16BE(this.#at - 2)
  }
  int32(): number {
    this.skip(4)
    return this.message.readInt32BE(this.#at - 4)
  }
  byte(): number {
    this.skip(1)
    return this.message[this.#at - 1] ?? 0
  }
  /** Reads a text that ends with a zero, and returns whether it was empty. */
  text(): boolean {
    const end = this.message.indexOf(0, this.#at)
    if (end < 0) throw wrongMessage('a text without its end')
    const isEmpty = end === this.#at
    this.#at = end + 1
    return isEmpty
  }
  rest(): string {
    const text = this.message.toString('latin1', this.#at)
    this.#at = this.message.length
    return text
  }
  end(): void {
    if (this.#at !== this.message.length) throw wrongMessage('a message that is longer than its content')
  }
}

type Check = (reader: Reader) => void

const nothing: Check = () => undefined
const fields: Check = (reader) => {
  while (reader.byte() !== 0) reader.text()
}
const counted = (each: Check): Check => {
  return (reader) => {
    const count = reader.int16()
    if (count < 0) throw wrongMessage(`a count of ${count}`)
    for (let left = count; left > 0; left -= 1) each(reader)
  }
}

const CHECKS: Readonly<Record<string, Check>> = {
  // Parse, bind and close complete, no data, portal suspended, empty query
  ...{ 1: nothing, 2: nothing, 3: nothing, n: nothing, s: nothing, I: nothing },
  R: checkAuthentication,
  // The key for cancelling queries
  K: (reader) => reader.skip(8),
  // The value of a parameter
  S(reader) {
    reader.text()
    reader.text()
  },
  // Ready for a query: idle, in a transaction, or in a failed one
  Z(reader) {
    if (!'ITE'.includes(String.fromCharCode(reader.byte()))) throw wrongMessage('a state that does not exist')
  },
  // Rows: their description, and each of them
  T: counted((reader) => {
    reader.text()
    reader.skip(18)
  }),
  D: counted((reader) => {
    const length = reader.int32()
    if (length < -1) throw wrongMessage(`a field of ${length} bytes`)
    if (length > 0) reader.skip(length)
  }),
  // The types of the parameters of a statement
  t: counted((reader) => reader.skip(4)),
  // Command complete
  C: (reader) => void reader.text(),
  // Error and notice
  E: fields,
  N: fields,
  // Notification
  A(reader) {
    reader.skip(4)
    reader.text()
    reader.text()
  },
}

function checkMessage(message: Buffer): void {
  const type = String.fromCharCode(message[0] ?? 0)
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type] : undefined
  if (!check) throw wrongMessage(`a message of the type ${JSON.stringify(type)}`)
  const reader = new Reader(message)
  check(reader)
  reader.end()
}

function checkAuthentication(reader: Reader): void {
  const kind = reader.int32()
  switch (kind) {
    // Authenticated; or the password is wanted as it is
    case 0:
    case 3:
      return
    // The password is wanted as MD5, with this salt
    case 5:
      reader.skip(4)
      return
    // SCRAM: its mechanisms, and its two answers
    case 10:
      while (!reader.text());
      return
    case 11: {
      const [, iterations] = /(?:^|,)i=(\d+)/.exec(reader.rest()) ?? []
      if (Number(iterations) > MOST_ITERATIONS)
        throw wrongMessage(`a request for ${iterations} iterations of the hash of the password`)
      return
    }
    case 12:
      reader.rest()
      return
    default:
      throw new StoreError(
        'STORE_MISCONFIGURED',
        `The server asks for the authentication ${AUTHENTICATIONS[kind] ?? `of kind ${kind}`}, which this store cannot do. Allow scram-sha-256 for this user in pg_hba.conf.`,
      )
  }
}

function wrongMessage(what: string): StoreError {
  return new StoreError(
    'STORE_UNAVAILABLE',
    `What answers at this address does not speak the protocol of Postgres: it sent ${what}.`,
  )
}
