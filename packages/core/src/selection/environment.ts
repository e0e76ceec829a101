import { closestMatch } from '../base/closest-match.ts'
import type { OptionVariable, StorePlugin } from '../contracts/store-plugin.ts'
import { canonicalName } from './names.ts'
import type { LayerValue } from './selection.ts'

export const STORE_VARIABLE = 'SESSIONKEEP_STORE'
export const MIRROR_VARIABLE = 'SESSIONKEEP_MIRROR'

/** One variable that is set, and the option that it sets. */
export interface OptionFromEnvironment {
  readonly variable: string
  /** As it would stand in the configuration: `stores.keyv.uri`. */
  readonly option: string
}

/** What the environment says: which stores are wanted, and options of those whose plug-ins declare variables. */
export interface Environment {
  /** Where relative paths in variables start. */
  readonly cwd: string
  /** What the layer says; undefined where neither variable is set. */
  readonly value: LayerValue | undefined
  /** The options that the variables of this plug-in set. From then on the other methods know its variables too. */
  optionsFor(store: string, plugin: Pick<StorePlugin, 'env'>, given: unknown): Readonly<Record<string, string>>
  /** Variables that are set for the stores whose plug-ins have been loaded. */
  options(): readonly OptionFromEnvironment[]
  /** Variables of ours that nobody reads, each with the one that was likely meant. */
  misspelt(): ReadonlyArray<{ readonly variable: string; readonly nearest: string }>
  /** The variables whose values are among the options of that store. */
  variablesOf(store: string): readonly string[]
}

interface Declared extends OptionVariable {
  readonly variable: string
  readonly store: string
}

/** Reads the environment once. An empty variable is an unset one; `SESSIONKEEP_MIRROR=none` names no mirrors. */
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
      const known = [STORE_VARIABLE, MIRROR_VARIABLE, ...declared().map(({ variable }) => variable)]
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
