import { isAbsolute, resolve } from 'node:path'
import type { MetadataOptions } from '../context/options.ts'
import { absoluteName } from '../selection/names.ts'
import type { StoreChoice } from '../selection/selection.ts'

/** Options of our own stores that are paths. Of another's store nobody here knows which are. */
const PATHS: Readonly<Record<string, Readonly<Record<string, (path: string, base: string) => string>>>> = {
  file: { directory: absolute },
  lowdb: { file: absolute },
  keyv: { uri: absoluteSqlite },
}

/** The same options, with every path that is relative starting at `base`. */
export function withAbsolutePaths(options: MetadataOptions, base: string): MetadataOptions {
  const { store, mirror, stores } = options
  const named = (choice: StoreChoice) => (typeof choice === 'string' ? absoluteName(choice, base) : choice)
  return {
    ...options,
    ...(store === undefined ? {} : { store: named(store) }),
    ...(mirror === undefined ? {} : { mirror: mirror.map(named) }),
    ...(stores === undefined ? {} : { stores: absoluteOptions(stores, base) }),
  }
}

function absoluteOptions(stores: Readonly<Record<string, unknown>>, base: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(stores).map(([name, options]) => [absoluteName(name, base), ofStore(name, options, base)]),
  )
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
  return isAbsolute(path) ? path : resolve(base, path)
}

function absoluteSqlite(uri: string, base: string): string {
  const [, path] = /^sqlite:\/\/(?!\/|:memory:)(.+)$/i.exec(uri) ?? []
  return path === undefined ? uri : `sqlite://${resolve(base, path)}`
}
