import { absolutePath } from '@sessionkeep/contracts'
import { loadConfig, type MetadataOptions } from '@sessionkeep/core'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

type StoreObject = Exclude<MetadataOptions['store'], string | undefined>

/** A store that an option of the command names, with what `openStore()` needs to open it. */
export interface StoreChoice {
  /** The text that the user wrote for the store, for messages. */
  readonly label: string
  readonly selection: string | StoreObject
  readonly metadata: MetadataOptions
  /** The options that the notation itself gives. */
  readonly stores?: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The absolute path of the directory or the file that the notation names. */
  readonly place?: string
}

/** How the help describes a store. */
export const STORE_NOTATION =
  'a name (file, keyv, ./my-store.mjs), file:DIRECTORY, lowdb:FILE, a URI without a password (redis://…), env:VARIABLE with a URI in it, or config:FILE'

const URI = /^(redis|rediss|valkey|valkeys|postgres|postgresql|sqlite|etcd):\/\//i

/** The variables that select a store. They must not change a store that an option names. */
const SELECTING = ['SESSIONKEEP_STORE', 'SESSIONKEEP_MIRROR'] as const

/** Reads the configuration that the option `--config` names, or else the one that belongs to the working directory. */
export async function configOf(io: Io, file: string | undefined): Promise<MetadataOptions> {
  return await loadConfig({ cwd: io.cwd, ...(file === undefined ? {} : { file }) })
}

/**
 * The pool whose records a command is for: `--pool-id`, else that of the environment, else that of the configuration.
 */
export async function poolIdOf(
  io: Io,
  { poolId, config }: { readonly poolId?: string | undefined; readonly config?: string | undefined },
): Promise<string | undefined> {
  return poolId ?? (io.env.SESSIONKEEP_POOL_ID?.trim() || undefined) ?? (await configOf(io, config)).poolId
}

/**
 * Reads the notation of a store. If it has a directory, a file or a URI, that wins over the variable of the environment
 * for the same option, since the user wrote it for this call.
 *
 * @throws `CLI_SECRET_IN_ARGUMENT` for a URI with a password; `CLI_USAGE` if `env:` names a variable that is not set
 */
export async function storeChoice(text: string, io: Io, configFile: string | undefined): Promise<StoreChoice> {
  if (text.trim() === '') throw new CliError('CLI_USAGE', 'The name of the store is empty.')
  const target = /^(file|lowdb|env|config):(?!\/\/)(.+)$/s.exec(text)
  if (target?.[1] === 'config') {
    const metadata = await loadConfig({ cwd: io.cwd, file: target[2] ?? '' })
    return { label: text, selection: metadata.store ?? 'file', metadata, env: without(io.env, SELECTING) }
  }
  const metadata = await configOf(io, configFile)
  const with_ = (selection: string, options: object, variable: string): StoreChoice => ({
    ...{ label: text, selection, metadata, stores: { [selection]: options } },
    env: without(io.env, [variable]),
  })
  const place = absolutePath(target?.[2] ?? '', io.cwd)
  if (target?.[1] === 'file') return { ...with_('file', { directory: target[2] }, 'SESSIONKEEP_DIRECTORY'), place }
  if (target?.[1] === 'lowdb') return { ...with_('lowdb', { file: target[2] }, 'SESSIONKEEP_FILE'), place }
  if (target?.[1] === 'env') {
    const uri = io.env[target[2] ?? '']
    if (!uri) throw new CliError('CLI_USAGE', `The variable ${target[2]} is not set, or empty.`)
    return with_('keyv', { uri }, 'SESSIONKEEP_KEYV_URI')
  }
  if (URI.test(text)) {
    if (hasPassword(text)) {
      const { protocol, host } = new URL(text)
      const message = `Every user of this machine can read the arguments of a command, and the URI of ${protocol}//${host} has a password.`
      throw new CliError('CLI_SECRET_IN_ARGUMENT', message)
    }
    return with_('keyv', { uri: text }, 'SESSIONKEEP_KEYV_URI')
  }
  return { label: text, selection: text, metadata, env: io.env }
}

/** Whether a URI has a password, in its login or among its parameters. A URI that cannot be read may have one. */
function hasPassword(uri: string): boolean {
  try {
    const { password, searchParams } = new URL(uri)
    return password !== '' || [...searchParams.keys()].some((key) => /pass|secret|token/i.test(key))
  } catch {
    return uri.includes('@')
  }
}

function without(env: Io['env'], names: readonly string[]): Io['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
