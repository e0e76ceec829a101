import { readEnvironment } from '../../../selection/src/environment.ts'
import { type StoreSources, writtenStores } from '../../../selection/src/store-options.ts'

/** Sources of stores with options from the program, and none from the environment. */
export function sourcesOf(stores: Readonly<Record<string, unknown>> = {}, directory = process.cwd()): StoreSources {
  return { stores: writtenStores(stores), plugins: [], directory, environment: readEnvironment({}, directory) }
}
