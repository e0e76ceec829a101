import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, type Logger } from '@sessionkeep/contracts'
import { type Attachment, assertStillThere, decodeName, withPermit } from '@sessionkeep/disk'
import { rejectFailed } from '@sessionkeep/store-kit'
import { eachWithPermit } from './each-with-permit.ts'
import { ENDING, fileOf, readRecord } from './record-file.ts'

/** Reads the records of these names; see `getMany` of the contract. */
export async function readMany(
  attachment: Attachment,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  const { done, failed } = await eachWithPermit(names, signal, 'read', (name) =>
    readRecord(fileOf(attachment, name), signal),
  )
  const values = new Map<string, unknown>()
  for (const name of names) {
    const stored = done.get(name)
    if (stored) values.set(name, stored.record)
  }
  // A missing file proves that there is no record only while its directory exists.
  if (values.size < names.length) await withPermit(signal, () => assertStillThere(attachment))
  rejectFailed(failed, values)
  return values
}

/**
 * Lists every stored name. When a file with a hashed name cannot be read, its record name is lost: the file is logged
 * and not touched.
 */
export async function readNames(attachment: Attachment, signal: AbortSignal, logger: Logger): Promise<string[]> {
  const { held, foldsCase } = attachment
  const entries = await withPermit(signal, async () => {
    const found = await readdir(held.path)
    await assertStillThere(attachment)
    return found
  })
  const names = new Set<string>()
  const hashed: string[] = []
  for (const entry of entries) {
    if (!entry.endsWith(ENDING)) continue
    const decoded = decodeName(entry.slice(0, -ENDING.length), foldsCase)
    if (decoded === 'hashed') hashed.push(entry)
    else if (decoded) names.add(decoded.name)
    else logger.debug({ file: entry }, 'This file is ignored: no record has this file name')
  }
  for (const entry of hashed) {
    const name = await readName(attachment, entry, signal, logger)
    if (name !== undefined) names.add(name)
  }
  return [...names]
}

async function readName(attachment: Attachment, entry: string, signal: AbortSignal, logger: Logger) {
  const path = join(attachment.held.path, entry)
  try {
    const stored = await withPermit(signal, () => readRecord({ path, name: undefined, hashed: true }, signal))
    return stored && fileOf(attachment, stored.name).path === path ? stored.name : undefined
  } catch (error) {
    if (codeOf(error) !== 'STORE_RECORD_UNREADABLE') throw error
    logger.warn(
      { file: path, code: 'STORE_RECORD_UNREADABLE', err: error },
      'A record file cannot be read, and its name is inside it',
    )
    return undefined
  }
}
