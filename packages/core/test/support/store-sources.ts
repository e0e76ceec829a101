import { readEnvironment } from '../../src/selection/environment.ts'
import { type StoreSources, writtenStores } from '../../src/selection/store-options.ts'

/** Where a store and its options are found: options given by the program, and none in the environment. */
export function sourcesOf(stores: Readonly<Record<string, unknown>> = {}, directory = process.cwd()): StoreSources {
  return { stores: writtenStores(stores), directory, environment: readEnvironment({}, directory) }
}
