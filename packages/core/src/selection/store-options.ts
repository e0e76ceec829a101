import type { MetadataOptions } from '../contracts/config-source.ts'
import type { StorePlugin } from '../contracts/store-plugin.ts'
import { ConfigError } from '../errors/config-error.ts'
import { absolutePath, canonicalChoice, canonicalName } from './names.ts'

/** Options of one store as somebody wrote them. */
interface WrittenOptions {
  readonly options: unknown
  /** What the configuration file says of that store, if it does: relative paths in it start at the file. */
  readonly inFile?: unknown
}

/** Options of stores by the name under which each store is chosen. */
export type WrittenStores = Readonly<Record<string, WrittenOptions>>

/** The options of stores, each beside what the configuration file says of that store. */
export function writtenStores(
  stores: Readonly<Record<string, unknown>> = {},
  inFile: Readonly<Record<string, unknown>> = {},
): WrittenStores {
  const entries = Object.entries(stores).map(([name, options]): [string, WrittenOptions] => [
    name,
    Object.hasOwn(inFile, name) ? { options, inFile: inFile[name] } : { options },
  ])
  // Without a prototype, no name finds what nobody wrote.
  return Object.assign(Object.create(null), Object.fromEntries(entries))
}

type Named = Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>

/**
 * The same options with each store under its one name; names that are paths start at `base`. Throws `CONFIG_INVALID` where
 * one store has options under two names.
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

/** All that is needed to find a chosen store and its options. */
export interface StoreSources {
  /** Options of stores chosen by name, as they were written. */
  readonly stores: WrittenStores
  /** The directory of the configuration file, else the working directory: packages are looked for there first. */
  readonly directory: string
  readonly environment: {
    /** Where all other relative paths start. */
    readonly cwd: string
    /** The options that the variables of this plug-in set. */
    optionsFor(store: string, plugin: Pick<StorePlugin, 'env'>, given: unknown): Readonly<Record<string, string>>
  }
}

/** What was written of a store, with its paths made absolute, and the options of the environment over it. */
export function optionsOf(plugin: StorePlugin, name: string, sources: StoreSources): unknown {
  const written = sources.stores[name] ?? { options: {} }
  const set = sources.environment.optionsFor(name, plugin, written.options)
  const options = withAbsolutePaths(plugin, written, sources)
  // What is no object is refused as it is by whoever checks the options.
  if (typeof options !== 'object' || options === null || Object.keys(set).length === 0) return options
  return { ...options, ...(withAbsolutePaths(plugin, { options: set }, sources) as object) }
}

/**
 * The options with each relative path in them made absolute: one that the configuration file says starts at its directory,
 * any other at the working directory. The plug-in declares which options are paths.
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
