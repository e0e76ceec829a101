import { createHash } from 'node:crypto'
import type * as z from 'zod'
import { CliError } from '../errors.ts'
import { FORMAT, header, line, trailer } from './format.ts'

/** The most bytes of a line. A record has at most 960 KiB of JSON, but escapes in a line can make it longer. */
const MAX_LINE = 8 * 1024 * 1024

/** A record of an export, and where its line is in the file, in bytes. */
export interface Exported {
  readonly name: string
  readonly record: unknown
  readonly start: number
  readonly length: number
}

/**
 * Reads an export and checks all of it: header, lines, count and digest.
 *
 * @throws `CLI_TORN_EXPORT`, with the number of the line, if this is not a whole export
 */
export async function* readExport(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Exported> {
  const hash = createHash('sha256')
  const seen = new Set<string>()
  let number = 0
  let start = 0
  let end: z.infer<typeof trailer> | undefined
  for await (const raw of linesOf(bytes)) {
    number += 1
    if (end) throw torn(number, 'there is something after the last line')
    const value = parsed(raw, number)
    if (number === 1) assertHeader(value)
    else if (isTrailer(value)) end = checked(trailer, value, number)
    else {
      const { name, record } = checked(line, value, number)
      if (seen.has(name)) throw torn(number, `the name ${JSON.stringify(name)} is there twice`)
      seen.add(name)
      yield { name, record, start, length: raw.length }
    }
    if (!end) hash.update(raw).update('\n')
    start += raw.length + 1
  }
  if (number === 0) throw torn(1, 'it is empty')
  if (!end) throw torn(number, 'the last line is missing, so the export was cut off')
  if (end.count !== seen.size) throw torn(number, `it says ${end.count} records, and there are ${seen.size}`)
  const digest = `sha256:${hash.digest('hex')}`
  if (digest !== end.digest) throw torn(number, 'the digest is wrong, so a line was changed')
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  let number = 1
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk)
    let from = 0
    for (let at = buffer.indexOf(10); at >= 0; at = buffer.indexOf(10, from)) {
      yield Buffer.concat([...parts, buffer.subarray(from, at)])
      number += 1
      parts = []
      length = 0
      from = at + 1
    }
    parts.push(buffer.subarray(from))
    length += buffer.length - from
    if (length > MAX_LINE) throw torn(number, `it is longer than ${MAX_LINE} bytes`)
  }
  if (length > 0) throw torn(number, 'it does not end with a line break, so the export was cut off')
}

function parsed(raw: Buffer, number: number): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw))
  } catch {
    // The message of the parser quotes the line, and a secret may be in it.
    throw torn(number, 'it is not JSON')
  }
}

function assertHeader(value: unknown): void {
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format !== FORMAT) {
    throw torn(1, `the export has format ${format}, and this release reads ${FORMAT}`)
  }
  checked(header, value, 1)
}

function isTrailer(value: unknown): boolean {
  return (value as { sessionkeep?: unknown } | null)?.sessionkeep === 'end'
}

function checked<T>(schema: z.ZodType<T>, value: unknown, number: number): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw torn(number, `it is no line of an export: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

function torn(number: number, why: string): CliError {
  return new CliError('CLI_TORN_EXPORT', `Line ${number} of the export cannot be used: ${why}. Nothing was written.`, {
    context: { line: number },
  })
}
