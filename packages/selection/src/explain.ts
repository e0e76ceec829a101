import { redactValue } from '@sessionkeep/contracts/internal'
import type { ConfigValue } from './config-layer.ts'
import type { UnusedConfig } from './config-source.ts'
import { type Environment, MIRROR_VARIABLE, type OptionFromEnvironment, STORE_VARIABLE } from './environment.ts'
import type { LayerState } from './layer-status.ts'
import {
  DEFAULT_STORE,
  type DesiredSelection,
  type LayerValue,
  nameOfChoice,
  SELECTION_LAYERS,
  type SelectionLayer,
  type StoreSelection,
} from './selection.ts'

/**
 * The effect of a layer on the selection.
 *
 * - `decides`: the strongest layer that names a store. The mirrors may be decided by another layer.
 * - `overruled`: the layer names a store or mirrors, and a stronger layer does too. Its value has not been checked.
 * - `silent`: the layer names neither.
 * - `skipped`: the value of the layer cannot be used; `detail` says why.
 */
type LayerVerdict = 'decides' | 'overruled' | 'silent' | 'skipped'

/** One layer, its value, and its effect. */
interface LayerExplanation {
  readonly layer: SelectionLayer
  readonly state: LayerState
  readonly verdict: LayerVerdict
  /** The store that the layer names; of a store object, its `name`. */
  readonly store?: string
  readonly mirror?: readonly string[]
  /** The source of the value: a file, environment variables, or the key of the flag. */
  readonly source?: string
  /** What is wrong with the value, or the reason that was given for it. */
  readonly detail?: string
  /** Since when the layer is in this state, ms since the epoch; absent for layers that never change. */
  readonly since?: number
  /** The store options that environment variables set, without their values. Only plug-ins that have been loaded are included. */
  readonly options?: readonly OptionFromEnvironment[]
}

/** The desired selection, the layer that decided it, and the value of every layer. Plain JSON, without credentials. */
export interface SelectionExplanation {
  readonly store: string
  readonly mirror: readonly string[]
  readonly layer: SelectionLayer
  readonly mirrorLayer: SelectionLayer
  /** Since when this selection is desired, ms since the epoch. */
  readonly since: number
  /** Why this layer won, in a sentence. */
  readonly why: string
  /** All layers, with the strongest first. */
  readonly layers: readonly LayerExplanation[]
}

interface Status {
  readonly state: LayerState
  readonly detail: string | undefined
  readonly since: number
}

export interface ExplainInput {
  readonly desired: DesiredSelection
  readonly runtime: (StoreSelection & { readonly reason: string | undefined; readonly since: number }) | undefined
  readonly flag: (Status & { readonly key: string; readonly value: LayerValue | undefined }) | undefined
  readonly environment: Environment
  readonly config: Status & {
    readonly value: ConfigValue
    readonly origin: string
    readonly isFile: boolean
    readonly unused: readonly UnusedConfig[]
  }
}

type Statement = Omit<LayerExplanation, 'layer' | 'verdict'>

/** Explains the desired selection layer by layer. */
export function explainLayers(input: ExplainInput): SelectionExplanation {
  const { desired } = input
  const statements: Record<SelectionLayer, Statement> = {
    runtime: ofRuntime(input),
    flag: ofFlag(input),
    environment: ofEnvironment(input),
    config: ofConfig(input),
    default: { state: 'set', store: DEFAULT_STORE },
  }
  const layers = SELECTION_LAYERS.map((layer): LayerExplanation => {
    const statement = statements[layer]
    return { layer, verdict: verdictOf(layer, statement, desired), ...statement }
  })
  const { store, mirror, layer, mirrorLayer, since } = desired
  const names = { store: nameOfChoice(store), mirror: mirror.map(nameOfChoice) }
  const explanation = { ...names, layer, mirrorLayer, since, why: whyOf(desired, layers), layers }
  return redactValue(explanation) as SelectionExplanation
}

function verdictOf(
  layer: SelectionLayer,
  { state, store, mirror }: Statement,
  desired: DesiredSelection,
): LayerVerdict {
  if (layer === desired.layer || (layer === desired.mirrorLayer && mirror !== undefined && desired.mirror.length > 0)) {
    return 'decides'
  }
  if (state === 'invalid' || state === 'unanswered') return 'skipped'
  return store === undefined && mirror === undefined ? 'silent' : 'overruled'
}

function whyOf({ layer, mirrorLayer, mirror }: DesiredSelection, layers: readonly LayerExplanation[]): string {
  const winner = layers.find((each) => each.layer === layer)
  const stronger = layers.slice(
    0,
    layers.findIndex((each) => each.layer === layer),
  )
  const skipped = stronger
    .filter(({ verdict }) => verdict === 'skipped')
    .map((each) => `${each.layer} is ${each.state}`)
  return [
    `${layer} is the strongest layer that names a store`,
    ...(winner?.state === 'kept' ? ['its last good value is kept'] : []),
    ...skipped,
    ...(mirror.length > 0 && mirrorLayer !== layer ? [`the mirrors are named by ${mirrorLayer}`] : []),
  ].join('; ')
}

function ofRuntime({ runtime }: ExplainInput): Statement {
  if (!runtime) return { state: 'unset' }
  return withoutUndefined({ state: 'set', ...named(runtime), detail: runtime.reason, since: runtime.since })
}

function ofFlag({ flag }: ExplainInput): Statement {
  if (!flag) return { state: 'unset', detail: 'no flag is configured' }
  const { state, since, key, value, detail = value?.reason } = flag
  return withoutUndefined({ state, ...named(value), source: key, detail, since })
}

function ofEnvironment({ environment }: ExplainInput): Statement {
  const options = environment.options()
  const mistakes = environment.misspelt().map(({ variable, nearest }) => `${variable} is not known; ${nearest} is`)
  return withoutUndefined({
    state: environment.value ? 'set' : 'unset',
    ...named(environment.value),
    source: `${STORE_VARIABLE}, ${MIRROR_VARIABLE}`,
    detail: mistakes.join('; ') || undefined,
    options: options.length > 0 ? options : undefined,
  })
}

function ofConfig({ config }: ExplainInput): Statement {
  const { state, since, value, origin, isFile, unused } = config
  const detail = config.detail ?? (unused.map(({ file, why }) => `${file} is not used: ${why}`).join('; ') || undefined)
  const { store, mirror } = value
  const written = { store, mirror: mirror?.length ? mirror : undefined }
  return withoutUndefined({ state, ...named(written), source: origin, detail, since: isFile ? since : undefined })
}

function named(value: { readonly [Key in keyof StoreSelection]?: StoreSelection[Key] | undefined } = {}) {
  const { store, mirror } = value
  return { store: store && nameOfChoice(store), mirror: mirror?.map(nameOfChoice) }
}

/** Removes undefined values, because an explanation is plain JSON. */
function withoutUndefined(statement: { readonly [Key in keyof Statement]: Statement[Key] | undefined }): Statement {
  return Object.fromEntries(
    Object.entries(statement).filter(([, value]) => value !== undefined),
  ) as unknown as Statement
}
