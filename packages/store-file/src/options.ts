import type { SchemaIssue, SchemaResult, StandardSchema } from '@sessionkeep/core'
import { isObject } from '@sessionkeep/disk'

export interface FileStoreOptions {
  /** Where the records are kept. Default: `SESSIONKEEP_DIRECTORY`, else the user's state directory. Relative to the working directory at construction. */
  readonly directory?: string | undefined
  /** What an acknowledged write survives: a power cut, or `kill -9` of the process. Default `'power'`. */
  readonly durability?: 'power' | 'process' | undefined
}

const KNOWN = ['directory', 'durability']

/** The options' schema, by hand: two keys are not worth a library. */
export const optionsSchema: StandardSchema<FileStoreOptions> = {
  '~standard': { version: 1, vendor: 'sessionkeep', validate },
}

export function validate(value: unknown): SchemaResult<FileStoreOptions> {
  if (!isObject(value)) return { issues: [{ message: 'expected an object of options' }] }
  const { directory, durability } = value
  const issues: SchemaIssue[] = []
  const refuse = (key: string, message: string) => issues.push({ message: `${key}: ${message}`, path: [key] })
  for (const key of Object.keys(value)) {
    if (!KNOWN.includes(key)) refuse(key, `is no option of the file store; it has ${KNOWN.join(' and ')}`)
  }
  if (directory !== undefined && (typeof directory !== 'string' || directory === '' || directory.includes('\0'))) {
    refuse('directory', 'expected a path')
  }
  if (durability !== undefined && durability !== 'power' && durability !== 'process') {
    refuse('durability', 'expected "power" or "process"')
  }
  if (issues.length > 0) return { issues }
  return { value: value as FileStoreOptions }
}
