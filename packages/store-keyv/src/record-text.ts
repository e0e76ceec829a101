import { faultOfText, invalidRecord, recordText, unreadableRecord } from '@sessionkeep/store-kit'

/** What the envelope adds to a record: a level, and at most so many bytes, most of them for the name. */
const ENVELOPE = { levels: 1, bytes: 65_536 }

/**
 * Returns the text to store: the envelope of Keyv, so that Keyv can read it too, with the name when the key is a
 * hash.
 *
 * @throws `STORE_RECORD_INVALID`
 */
export function serialize(
  name: string,
  record: unknown,
  isHashed: boolean,
  maxBytes = Number.POSITIVE_INFINITY,
): string {
  const text = `{"value":${recordText(name, record)}${isHashed ? `,"name":${JSON.stringify(name)}` : ''}}`
  if (Buffer.byteLength(text) <= maxBytes) return text
  throw invalidRecord(name, `it has more than ${maxBytes} bytes, the limit of this backend`)
}

/**
 * Parses a stored text.
 *
 * @throws `STORE_RECORD_UNREADABLE`
 */
export function deserialize(name: string, text: string | undefined): unknown {
  const fault = text === undefined ? undefined : faultOfText(text, ENVELOPE)
  if (fault !== undefined) throw unreadableRecord(name, fault)
  const envelope = envelopeOf(text)
  if (envelope && Object.hasOwn(envelope, 'value') && (envelope.name ?? name) === name) return envelope.value
  throw unreadableRecord(name, 'it has no value, or the value of another name')
}

/** Returns the name inside the text of a hashed key; undefined when the text cannot be read. */
export function nameWithin(text: string | undefined): string | undefined {
  const name = envelopeOf(text)?.name
  return typeof name === 'string' ? name : undefined
}

function envelopeOf(text: string | undefined): { value?: unknown; name?: unknown } | undefined {
  if (text !== undefined && faultOfText(text, ENVELOPE) !== undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(text ?? '')
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
