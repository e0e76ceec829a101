import { absolutePath } from '@sessionkeep/contracts'
import { defaultDirectory, defaultDocument } from '@sessionkeep/disk'
import type { Io } from '../io.ts'
import { configOf } from './store-choice.ts'

/** Where the stores on the disk keep their records, as absolute paths; undefined for a user without a home directory. */
export interface Places {
  /** The directory of the file store. A pool with an id has a sub-directory in it. */
  readonly directory: string | undefined
  /** The document of lowdb. */
  readonly file: string | undefined
}

/** The places that the environment, the configuration or the defaults give to the stores, as these read them. */
export async function placesOf(io: Io, config: string | undefined): Promise<Places> {
  const { stores = {}, source } = await configOf(io, config)
  const given = (variable: string, store: string, option: string): string | undefined => {
    const set = io.env[variable]?.trim()
    if (set) return absolutePath(set, io.cwd)
    const value = (stores[store] as Readonly<Record<string, unknown>> | undefined)?.[option]
    return typeof value === 'string' && value !== '' ? absolutePath(value, source?.directory ?? io.cwd) : undefined
  }
  return {
    directory: given('SESSIONKEEP_DIRECTORY', 'file', 'directory') ?? known(() => defaultDirectory(io.env)),
    file: given('SESSIONKEEP_FILE', 'lowdb', 'file') ?? known(() => defaultDocument(io.env)),
  }
}

/** A default, if there is one. The store itself says what is wrong if there is none. */
function known(place: () => string): string | undefined {
  try {
    return place()
  } catch {
    return undefined
  }
}
