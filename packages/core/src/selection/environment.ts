import { nearest } from '../base/closest-match.ts'
import { withAbsolutePaths } from './file/paths.ts'
import { canonicalName } from './plugins/names.ts'
import type { LayerValue } from './selection.ts'
import { MIRROR_VARIABLE, OPTION_VARIABLES, STORE_VARIABLE, VARIABLES } from './variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable that is set, and the option that it sets. */
export interface OptionFromEnvironment {
  readonly variable: string
  /** As it would stand in the configuration: `stores.keyv.uri`. */
  readonly option: string
}

export interface EnvironmentLayer {
  /** Undefined where neither variable is set. */
  readonly value: LayerValue | undefined
  readonly options: readonly OptionFromEnvironment[]
  /** Variables of ours that nobody reads, each with the one that was likely meant. */
  readonly misspelt: ReadonlyArray<{ readonly variable: string; readonly nearest: string }>
  /** The options of the stores, with what the environment sets in place of what was there. */
  applyTo(stores: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
  /** The variables whose values are among the options of that store. */
  variablesOf(store: string): readonly string[]
}

/** What the environment says. An empty variable is an unset one; `SESSIONKEEP_MIRROR=none` names no mirrors. */
export function readEnvironment(environment: Environment, cwd: string): EnvironmentLayer {
  const read = (variable: string): string | undefined => environment[variable]?.trim() || undefined
  const store = read(STORE_VARIABLE)
  const mirror = mirrorsIn(read(MIRROR_VARIABLE))
  const set = OPTION_VARIABLES.filter(({ variable }) => read(variable) !== undefined)
  return {
    value: store === undefined && mirror === undefined ? undefined : layerValue(store, mirror, cwd),
    options: set.map(({ variable, store, option }) => ({ variable, option: `stores.${store}.${option}` })),
    misspelt: misspeltIn(environment),
    applyTo(stores) {
      const result: Record<string, unknown> = { ...stores }
      for (const { variable, store, option, notWith = [] } of set) {
        const given: unknown = Object.hasOwn(result, store) ? result[store] : {}
        // What is no object is refused as it is when the store is made.
        if (typeof given !== 'object' || given === null || notWith.some((other) => other in given)) continue
        const from = withAbsolutePaths({ stores: { [store]: { [option]: read(variable) } } }, cwd).stores?.[store]
        result[store] = { ...given, ...(from as object) }
      }
      return result
    },
    variablesOf: (name) => set.filter(({ store }) => store === name).map(({ variable }) => variable),
  }
}

function layerValue(store: string | undefined, mirror: readonly string[] | undefined, cwd: string): LayerValue {
  return {
    ...(store === undefined ? {} : { store: canonicalName(store, cwd) }),
    ...(mirror === undefined ? {} : { mirror: mirror.map((name) => canonicalName(name, cwd)) }),
  }
}

function mirrorsIn(text: string | undefined): string[] | undefined {
  if (text === 'none') return []
  const names = (text?.split(',') ?? []).map((name) => name.trim()).filter(Boolean)
  return names.length > 0 ? names : undefined
}

function misspeltIn(environment: Environment): Array<{ variable: string; nearest: string }> {
  return Object.keys(environment)
    .filter((variable) => /^SESSIONKEEP_/i.test(variable) && !VARIABLES.includes(variable))
    .flatMap((variable) => {
      const guess = nearest(
        variable,
        VARIABLES.map((known) => known.toLowerCase()),
      )
      return guess === undefined ? [] : [{ variable, nearest: guess.toUpperCase() }]
    })
}
