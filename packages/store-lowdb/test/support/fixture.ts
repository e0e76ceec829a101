import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { freshDirectory, opened } from '../../../disk/test/support/fixture.ts'
import { type LowdbStoreOptions, lowdbStore } from '../../src/index.ts'

export const SOURCES = join(import.meta.dirname, '..', '..', 'src', 'index.ts')

/** The path of a new document, in a fresh directory that is removed after the test. */
export const freshFile = (): string => join(freshDirectory(), 'sessions.json')

/** An open store, closed after the test. */
export const openedStore = (
  file: string,
  context: Partial<StoreContext> = {},
  options: LowdbStoreOptions = {},
): Promise<Required<MetadataStore>> => opened(lowdbStore({ file, ...options }), context)

/** Reads the document without the store. */
export const documentIn = (file: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(file, 'utf8'))
