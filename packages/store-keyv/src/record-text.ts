import { StoreError } from '@sessionkeep/core/store'

/** What is stored for a name: Keyv's own envelope, so that Keyv reads it too, and the name where the key is a hash. */
export function serialize(
  name: string,
  record: unknown,
  isHashed: boolean,
  maxBytes = Number.POSITIVE_INFINITY,
): string {
  const text = attempt(name, isHashed ? { value: record, name } : { value: record })
  if (Buffer.byteLength(text) <= maxBytes) return text
  throw invalid(name, `has more than the ${maxBytes} bytes that this backend takes`)
}

function attempt(name: string, envelope: { value: unknown; name?: string }): string {
  try {
    const text = JSON.stringify(envelope)
    if (Object.hasOwn(JSON.parse(text), 'value')) return text
  } catch (cause) {
    throw invalid(name, 'is not JSON', cause)
  }
  throw invalid(name, 'is not JSON')
}

export function deserialize(name: string, text: string | undefined): unknown {
  const envelope = envelopeOf(text)
  if (envelope && Object.hasOwn(envelope, 'value') && (envelope.name ?? name) === name) return envelope.value
  throw new StoreError('STORE_RECORD_UNREADABLE', `What is stored for ${JSON.stringify(name)} is no record.`, {
    context: { name },
  })
}

/** The name that a hashed key's text tells; undefined where it cannot be read. */
export function nameWithin(text: string | undefined): string | undefined {
  const name = envelopeOf(text)?.name
  return typeof name === 'string' ? name : undefined
}

function envelopeOf(text: string | undefined): { value?: unknown; name?: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '')
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function invalid(name: string, fault: string, cause?: unknown): StoreError {
  const message = `The record for ${JSON.stringify(name)} cannot be stored: it ${fault}.`
  return new StoreError('STORE_RECORD_INVALID', message, { cause, context: { name } })
}
