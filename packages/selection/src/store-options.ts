import { absolutePath, ConfigError, type StorePlugin } from '@sessionkeep/contracts'
import type { MetadataOptions } from './config-source.ts'
import { canonicalChoice, canonicalName } from './names.ts'

/** The options of one store as they were written. */
interface WrittenOptions {
  readonly options: unknown
  /** The options of that store in the configuration file, if there are any. Relative paths in them start at the directory of the file. */
  readonly inFile?: unknown
}

/** The written options of stores, by the name under which each store is selected. */
export type WrittenStores = Readonly<Record<string, WrittenOptions>>

/** Combines the options of each store with those in the configuration file. */
export function writtenStores(
  stores: Readonly<Record<string, unknown>> = {},
  inFile: Readonly<Record<string, unknown>> = {},
): WrittenStores {
  const entries = Object.entries(stores).map(([name, options]): [string, WrittenOptions] => [
    name,
    Object.hasOwn(inFile, name) ? { options, inFile: inFile[name] } : { options },
  ])
  // Without a prototype, a name such as `constructor` finds nothing.
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

type Named = Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>

/**
 * Returns the options with every store under its canonical name. Names that are relative paths start at `base`.
 *
 * @throws `CONFIG_INVALID` when one store has options under two names.
 */
export function withCanonicalNames<Options extends Named>(options: Options, base: string): Options {
  const { store, mirror, stores } = options
  return {
    ...options,
    ...(store === undefined ? {} : { store: canonicalChoice(store, base) }),
    ...(mirror === undefined ? {} : { mirror: mirror.map((choice) => canonicalChoice(choice, base)) }),
    ...(stores === undefined ? {} : { stores: underOneName(stores, base) }),
  }
}

function underOneName(stores: Readonly<Record<string, unknown>>, base: string): Record<string, unknown> {
  const written = new Map<string, string>()
  const entries = Object.entries(stores).map(([given, options]): [string, unknown] => {
    const name = canonicalName(given, base)
    const other = written.get(name)
    written.set(name, given)
    if (other === undefined) return [name, options]
    throw new ConfigError(
      'CONFIG_INVALID',
      `There are options under stores.${other} and under stores.${given}, which is the same store; keep one of them.`,
    )
  })
  return Object.fromEntries(entries)
}

/** What is needed to find a selected store and its options. */
export interface StoreSources {
  /** The options of stores that are selected by name, as they were written. */
  readonly stores: WrittenStores
  /** The plug-ins that the program has imported itself. They win over packages of the same name. */
  readonly plugins: readonly StorePlugin[]
  /** The directory of the configuration file, or else the working directory. Packages are looked for there first. */
  readonly directory: string
  readonly environment: {
    /** The directory that all other relative paths start from. */
    readonly cwd: string
    /** Returns the options that the variables of this plug-in set. */
    optionsFor(store: string, plugin: Pick<StorePlugin, 'env'>, given: unknown): Readonly<Record<string, string>>
  }
}

/** Returns the options of a store with absolute paths. Environment variables win over written options. */
export function optionsOf(plugin: StorePlugin, name: string, sources: StoreSources): unknown {
  const written = sources.stores[name] ?? { options: {} }
  const set = sources.environment.optionsFor(name, plugin, written.options)
  const options = withAbsolutePaths(plugin, written, sources)
  // A value that is no object is returned as it is, so that the check of the options can refuse it.
  if (typeof options !== 'object' || options === null || Object.keys(set).length === 0) return options
  return { ...options, ...(withAbsolutePaths(plugin, { options: set }, sources) as object) }
}

/**
 * Makes relative paths in the options absolute. Paths from the configuration file start at its directory, and all others at the
 * working directory. The plug-in declares which options are paths.
 */
function withAbsolutePaths(
  { paths = [] }: StorePlugin,
  { options, inFile }: WrittenOptions,
  { directory, environment }: StoreSources,
): unknown {
  const changed: Record<string, unknown> = {}
  for (const path of paths) {
    const { option, resolve } = typeof path === 'string' ? { option: path, resolve: undefined } : path
    const value = optionOf(options, option)
    if (typeof value !== 'string' || value === '') continue
    const base = value === optionOf(inFile, option) ? directory : environment.cwd
    const absolute = (relative: string) => absolutePath(relative, base)
    changed[option] = resolve ? resolve(value, absolute) : absolute(value)
  }
  return Object.keys(changed).length === 0 ? options : { ...(options as object), ...changed }
}

function optionOf(options: unknown, option: string): unknown {
  return typeof options === 'object' && options !== null
    ? (options as Readonly<Record<string, unknown>>)[option]
    : undefined
}
