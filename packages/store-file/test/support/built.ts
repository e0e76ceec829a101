import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { built } from '../../../disk/test/support/built.ts'

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'index.ts')

/** The store, built for child processes that cannot run TypeScript. */
export const builtStore = (entry = SOURCES): string => built(entry)
