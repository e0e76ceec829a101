import type { OptionVariable, StorePlugin } from '@sessionkeep/contracts'
import { closestMatch } from '@sessionkeep/contracts/internal'
import { canonicalName } from './names.ts'
import type { LayerValue } from './selection.ts'

export const STORE_VARIABLE = 'SESSIONKEEP_STORE'
export const MIRROR_VARIABLE = 'SESSIONKEEP_MIRROR'
/** Sets the `poolId` of a pool whose program sets none. */
export const POOL_ID_VARIABLE = 'SESSIONKEEP_POOL_ID'
/** Sets the lowest level that the default logger writes. */
export const LOG_LEVEL_VARIABLE = 'SESSIONKEEP_LOG_LEVEL'
const OWN_VARIABLES = [STORE_VARIABLE, MIRROR_VARIABLE, POOL_ID_VARIABLE, LOG_LEVEL_VARIABLE]

/** An environment variable that is set, and the option that it sets. */
export interface OptionFromEnvironment {
  readonly variable: string
  /** The path of the option in the configuration, such as `stores.keyv.uri`. */
  readonly option: string
}

/** The environment variables: the stores that they select, and the options that they set as declared by plug-ins. */
export interface Environment {
  /** The directory that relative paths in variables start from. */
  readonly cwd: string
  /** The selection of this layer; undefined when neither variable is set. */
  readonly value: LayerValue | undefined
  /** Returns the options that this plug-in's variables set. From then on the other methods know these variables too. */
  optionsFor(store: string, plugin: Pick<StorePlugin, 'env'>, given: unknown): Readonly<Record<string, string>>
  /** The variables that are set, of all plug-ins that have been loaded. */
  options(): readonly OptionFromEnvironment[]
  /** Variables that begin with `SESSIONKEEP_` and are unknown, each with the known variable of the most similar name. */
  misspelt(): ReadonlyArray<{ readonly variable: string; readonly nearest: string }>
  /** The variables that set options of this store. */
  variablesOf(store: string): readonly string[]
}

interface Declared extends OptionVariable {
  readonly variable: string
  readonly store: string
}

/** Reads the environment once. An empty variable counts as unset. `SESSIONKEEP_MIRROR=none` selects no mirrors. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>, cwd: string): Environment {
  const read = (variable: string): string | undefined => variables[variable]?.trim() || undefined
  const named = (name: string) => canonicalName(name, cwd)
  const store = read(STORE_VARIABLE)
  const mirror = mirrorsIn(read(MIRROR_VARIABLE))
  const value = {
    ...(store === undefined ? {} : { store: named(store) }),
    ...(mirror === undefined ? {} : { mirror: mirror.map(named) }),
  }
  const declarations = new Map<string, readonly Declared[]>()
  const declared = () => [...declarations.values()].flat()

  return {
    cwd,
    value: Object.keys(value).length === 0 ? undefined : value,
    optionsFor(store, { env = {} }, given) {
      const all = Object.entries(env).map(([variable, target]): Declared => {
        return { variable, store, ...(typeof target === 'string' ? { option: target } : target) }
      })
      declarations.set(store, all)
      const set = all.filter(({ unless = [] }) => !unless.some((option) => isIn(option, given)))
      return Object.fromEntries(
        set.flatMap(({ variable, option }) => {
          const text = read(variable)
          return text === undefined ? [] : [[option, text]]
        }),
      )
    },
    options: () =>
      declared()
        .filter(({ variable }) => read(variable) !== undefined)
        .map(({ variable, store, option }) => ({ variable, option: `stores.${store}.${option}` })),
    misspelt() {
      const known = [...OWN_VARIABLES, ...declared().map(({ variable }) => variable)]
      return Object.keys(variables)
        .filter((variable) => /^SESSIONKEEP_/i.test(variable) && !known.includes(variable))
        .flatMap((variable) => {
          const nearest = closestMatch(variable, known)
          return nearest === undefined ? [] : [{ variable, nearest }]
        })
    },
    variablesOf: (store) =>
      (declarations.get(store) ?? [])
        .map(({ variable }) => variable)
        .filter((variable) => read(variable) !== undefined),
  }
}

function mirrorsIn(text: string | undefined): string[] | undefined {
  if (text === 'none') return []
  const names = (text?.split(',') ?? []).map((name) => name.trim()).filter(Boolean)
  return names.length > 0 ? names : undefined
}

function isIn(option: string, given: unknown): boolean {
  return typeof given === 'object' && given !== null && option in given
}
