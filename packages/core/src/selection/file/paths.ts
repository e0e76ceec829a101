import { isAbsolute, resolve } from 'node:path'
import { ConfigError } from '../../errors/config-error.ts'
import type { MetadataOptions } from '../../pool/resolve-options.ts'
import { canonicalName, fromHome } from '../plugins/names.ts'
import type { StoreChoice } from '../selection.ts'

/** Options of our own stores that are paths. Of another's store nobody here knows which are. */
const PATHS: Readonly<Record<string, Readonly<Record<string, (path: string, base: string) => string>>>> = {
  file: { directory: absolute },
  lowdb: { file: absolute },
  keyv: { uri: absoluteSqlite },
}

/** The same options, with each store under its one name, and every path that is relative starting at `base`. */
export function withAbsolutePaths(options: MetadataOptions, base: string): MetadataOptions {
  const { store, mirror, stores } = options
  const named = (choice: StoreChoice) => (typeof choice === 'string' ? canonicalName(choice, base) : choice)
  return {
    ...options,
    ...(store === undefined ? {} : { store: named(store) }),
    ...(mirror === undefined ? {} : { mirror: mirror.map(named) }),
    ...(stores === undefined ? {} : { stores: absoluteOptions(stores, base) }),
  }
}

function absoluteOptions(stores: Readonly<Record<string, unknown>>, base: string): Record<string, unknown> {
  const written = new Map<string, string>()
  const entries = Object.entries(stores).map(([given, options]): [string, unknown] => {
    const name = canonicalName(given, base)
    const other = written.get(name)
    written.set(name, given)
    if (other === undefined) return [name, ofStore(name, options, base)]
    throw new ConfigError(
      'CONFIG_INVALID',
      `There are options under stores.${other} and under stores.${given}, which is the same store; keep one of them.`,
    )
  })
  return Object.fromEntries(entries)
}

function ofStore(name: string, options: unknown, base: string): unknown {
  const paths = Object.hasOwn(PATHS, name) ? PATHS[name] : undefined
  if (!paths || typeof options !== 'object' || options === null) return options
  const given = Object.entries(options).map(([key, value]) => {
    const make = Object.hasOwn(paths, key) ? paths[key] : undefined
    return [key, make && typeof value === 'string' && value !== '' ? make(value, base) : value]
  })
  return Object.fromEntries(given)
}

function absolute(path: string, base: string): string {
  return isAbsolute(path) ? path : resolve(base, fromHome(path))
}

function absoluteSqlite(uri: string, base: string): string {
  const [, path] = /^sqlite:\/\/(?!\/|:memory:)(.+)$/i.exec(uri) ?? []
  return path === undefined ? uri : `sqlite://${resolve(base, fromHome(path))}`
}
