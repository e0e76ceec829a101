import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../io.ts'
import { absolute, configOf } from './store-choice.ts'

/** Where the stores on the disk keep their records, as absolute paths. */
export interface Places {
  /** The directory of the file store. A pool with an id has a sub-directory in it. */
  readonly directory: string
  /** The document of lowdb; undefined when nothing names one. */
  readonly file: string | undefined
}

/** The places that the environment, the configuration or the defaults give to the stores. */
export async function placesOf(io: Io, config: string | undefined): Promise<Places> {
  const { stores = {}, source } = await configOf(io, config)
  const from = source?.directory ?? io.cwd
  const text = (store: string, option: string): string | undefined => {
    const value = (stores[store] as Readonly<Record<string, unknown>> | undefined)?.[option]
    return typeof value === 'string' && value !== '' ? absolute(value, from) : undefined
  }
  const state = io.env.XDG_STATE_HOME || join(io.env.HOME ?? homedir(), '.local', 'state')
  const { SESSIONKEEP_DIRECTORY: directory, SESSIONKEEP_FILE: file } = io.env
  return {
    directory: directory ? absolute(directory, io.cwd) : (text('file', 'directory') ?? join(state, 'sessionkeep')),
    file: file ? absolute(file, io.cwd) : text('lowdb', 'file'),
  }
}
