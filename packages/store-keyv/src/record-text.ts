import { recordTextFault } from '@sessionkeep/contracts'
import { invalidRecord, recordText, unreadableRecord } from '@sessionkeep/store-kit'

/**
 * Returns the text to store: the record in the envelope of Keyv, so that Keyv can read it too. When the key is a hash, the
 * name is in the envelope as well.
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
  const fault = text === undefined ? undefined : envelopeFault(text)
  if (fault) throw unreadableRecord(name, fault)
  const envelope = envelopeOf(text)
  if (envelope && Object.hasOwn(envelope, 'value') && (envelope.name ?? name) === name) return envelope.value
  throw unreadableRecord(name, 'it has no value, or the value of another name')
}

/** Returns the name inside the text of a hashed key; undefined when the text cannot be read. */
export function nameWithin(text: string | undefined): string | undefined {
  if (text === undefined || envelopeFault(text)) return undefined
  const name = envelopeOf(text)?.name
  return typeof name === 'string' ? name : undefined
}

/** How much the envelope, with the name of a hashed key, may add to a record. */
const ENVELOPE = { bytes: 16_384, depth: 1, values: 2 }

/** Says why a stored text is not parsed: the record in it exceeds the limits of records. Undefined: it is parsed. */
const envelopeFault = (text: string): string | undefined => recordTextFault(text, ENVELOPE)

function envelopeOf(text: string | undefined): { value?: unknown; name?: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '')
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
