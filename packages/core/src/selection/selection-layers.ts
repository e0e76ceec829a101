import type { MetadataOptions } from '../context/options.ts'
import { resolveSelection } from './resolve-selection.ts'
import type { DesiredSelection, StoreSelection } from './selection.ts'

/** Who says which store is wanted, layer over layer. */
export interface SelectionLayers {
  /** Hears every layer once; rejects with a `ConfigError` where one that is read only once is invalid. */
  start(): Promise<void>
  /** What is wanted now. */
  desired(): DesiredSelection
  /** What a restart would want: all layers but the runtime call. */
  afterRestart(): DesiredSelection
  /** A call at run time; undefined takes it back. Does not tell the listener. */
  setRuntime(selection: StoreSelection | undefined, reason?: string): void
  /** Called when a layer that changes by itself has changed what is wanted. One listener. */
  onChange(listener: (desired: DesiredSelection) => void): void
  /** Ends watching; no listener is called after it. */
  stop(): void
}

export function createSelectionLayers(
  metadata: Pick<MetadataOptions, 'store' | 'mirror' | 'stores'>,
  environment: Readonly<Record<string, string | undefined>>,
): SelectionLayers {
  const lower = resolveSelection(metadata, environment)
  let runtime: DesiredSelection | undefined
  return {
    start: () => Promise.resolve(),
    desired: () => runtime ?? lower,
    afterRestart: () => lower,
    setRuntime(selection, reason) {
      runtime = selection && { ...selection, stores: lower.stores, layer: 'runtime', reason, since: Date.now() }
    },
    onChange() {},
    stop() {},
  }
}
