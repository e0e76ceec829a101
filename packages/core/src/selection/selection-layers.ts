import { type Clock, systemClock } from '../base/clock.ts'
import { workingDirectory } from '../base/working-directory.ts'
import type { MetadataOptions } from '../contracts/config-source.ts'
import type { Logger } from '../contracts/logger.ts'
import type { ConfigError } from '../errors/config-error.ts'
import { checkLoadable } from './check-selection.ts'
import { type ConfigValue, createConfigLayer } from './config-layer.ts'
import { readEnvironment } from './environment.ts'
import { explainLayers, type SelectionExplanation } from './explain.ts'
import { checkFlagNames, createFlagLayer } from './flag-layer.ts'
import { canonicalChoice } from './names.ts'
import { originsOf } from './origin.ts'
import {
  type DesiredSelection,
  isSameSelection,
  type LayerValue,
  nameOfChoice,
  resolveSelection,
  type StoreSelection,
  standsAlone,
} from './selection.ts'
import { assertNeedsNoConfig } from './unusable-config.ts'

/** Who says which store is wanted, layer over layer. */
export interface SelectionLayers {
  /**
   * Hears every layer once, a flag at most as long as its `timeoutMs`; from then on flag and file are watched. Rejects with
   * a `ConfigError` where the stores of environment, code or file cannot be had, and may then be called again.
   */
  start(): Promise<void>
  /** What is wanted now. Before `start()`: without the flag. */
  desired(): DesiredSelection
  /** What a restart would want: all layers but the runtime call. */
  afterRestart(): DesiredSelection
  /** What would be wanted with that call at run time, or without one. Throws a `ConfigError` where that cannot be known. */
  withRuntime(selection: StoreSelection | undefined, reason?: string): DesiredSelection
  /** A call at run time; undefined takes it back. Does not tell the listener, and checks nothing. */
  setRuntime(selection: StoreSelection | undefined, reason?: string): void
  /**
   * Called when a layer that changes by itself has changed what a restart would want: the store, a mirror, or the options of one
   * of them. While a runtime call stands, `desired()` is that call's all the same. One listener, which does not throw.
   */
  onChange(listener: (desired: DesiredSelection) => void): void
  /** What every layer says, and why the winner won. Plain JSON, without credentials. */
  explain(): SelectionExplanation
  /** Ends watching; no listener is called after it. */
  stop(): void
}

type Metadata = Pick<MetadataOptions, 'store' | 'mirror' | 'stores' | 'source' | 'flag' | 'watchIntervalMs'>
type Variables = Readonly<Record<string, string | undefined>>

type RuntimeCall = StoreSelection & Pick<DesiredSelection, 'reason' | 'since'>

/** What the layers that change by themselves said last that could be used. */
interface Said {
  readonly flag: LayerValue | undefined
  readonly config: ConfigValue
  /** Why the configuration cannot be used; undefined once it could. */
  readonly fault: ConfigError | undefined
}

export function createSelectionLayers(
  metadata: Metadata,
  variables: Variables,
  logger: Logger,
  clock: Clock = systemClock,
): SelectionLayers {
  const cwd = workingDirectory()
  const directory = metadata.source?.directory ?? cwd
  const environment = readEnvironment(variables, cwd)
  const config = createConfigLayer(metadata, { logger, clock }, (value) => take({ config: value, fault: undefined }))
  const flag = metadata.flag && createFlagLayer(metadata.flag, { logger, clock }, takeFlag)

  let said: Said = { flag: undefined, config: config.initial, fault: metadata.source?.fault }
  let lower = decide(said)
  let runtime: RuntimeCall | undefined
  let listener: ((desired: DesiredSelection) => void) | undefined
  let taking: Promise<unknown> = Promise.resolve()
  let flagAsked: Promise<void> | undefined
  let started = false
  let stopped = false

  function decide({ flag, config: { store, mirror, stores } }: Said): DesiredSelection {
    const fromConfig = { ...(store === undefined ? {} : { store }), ...(mirror?.length ? { mirror } : {}) }
    const resolution = resolveSelection({ flag, environment: environment.value, config: fromConfig })
    const origins = originsOf(resolution, {
      environment,
      config: { origin: config.origin, stores },
      flagKey: metadata.flag?.key,
    })
    return { ...resolution, stores, directory, environment, since: clock.date(), origins }
  }

  const check = async (candidate: DesiredSelection, { fault }: Said): Promise<void> => {
    assertNeedsNoConfig(candidate, fault)
    await checkLoadable(candidate, logger)
  }

  /** Takes what a layer says now into use, if the stores that come of it can be had; else rejects, and all stays as it is. */
  function take(change: Partial<Said>): Promise<void> {
    const taken = taking.then(async () => {
      const next = { ...said, ...change }
      const candidate = decide(next)
      const isSame = started && isSameSelection(candidate, lower)
      if (!isSame) await check(candidate, next)
      if (stopped) return
      said = next
      lower = isSame ? { ...candidate, since: lower.since } : candidate
      if (!started || isSame) return
      const { store, mirror, layer } = lower
      const names = [store, ...mirror].map(nameOfChoice)
      logger.info({ layer, store: names[0], mirror: names.slice(1) }, 'Another store is wanted')
      listener?.(desired())
    })
    taking = Promise.allSettled([taken])
    return taken
  }

  async function takeFlag(value: LayerValue): Promise<void> {
    const absolute = {
      ...value,
      ...(value.store === undefined ? {} : { store: canonicalChoice(value.store, directory) }),
      ...(value.mirror ? { mirror: value.mirror.map((choice) => canonicalChoice(choice, directory)) } : {}),
    }
    checkFlagNames(absolute, [environment.value, said.config], said.config.stores)
    await take({ flag: absolute })
  }

  const over = (call: RuntimeCall | undefined): DesiredSelection =>
    call ? { ...lower, ...call, layer: 'runtime', mirrorLayer: 'runtime', origins: undefined } : lower
  const desired = (): DesiredSelection => over(runtime)
  const callOf = (selection: StoreSelection | undefined, reason: string | undefined): RuntimeCall | undefined =>
    selection && {
      store: canonicalChoice(selection.store, cwd),
      mirror: standsAlone(selection.store) ? [] : selection.mirror.map((choice) => canonicalChoice(choice, cwd)),
      reason,
      since: clock.date(),
    }

  const warnOfMistakes = (): void => {
    for (const { variable, nearest } of environment.misspelt()) {
      logger.warn({ variable, nearest }, 'A variable of the environment is not known - is it misspelt?')
    }
    for (const file of metadata.source?.overlooked ?? []) {
      logger.warn({ file }, 'A file looks like a configuration and is not read - its name is not one of ours')
    }
  }

  return {
    async start() {
      if (started) return
      flagAsked ??= flag?.start()
      await flagAsked
      try {
        if (said.flag === undefined) await check(lower, said)
      } finally {
        // The variables of a plug-in are known once it was loaded; a misspelt one may be why its options are wrong.
        warnOfMistakes()
      }
      started = true
      if (!stopped) config.start()
    },
    desired,
    afterRestart: () => lower,
    withRuntime(selection, reason) {
      const candidate = over(callOf(selection, reason))
      assertNeedsNoConfig(candidate, said.fault)
      return candidate
    },
    setRuntime(selection, reason) {
      runtime = callOf(selection, reason)
    },
    onChange(heard) {
      listener = heard
    },
    explain: () =>
      explainLayers({
        desired: desired(),
        runtime,
        flag: metadata.flag && flag && { key: metadata.flag.key, value: said.flag, ...flag.status() },
        environment,
        config: {
          value: said.config,
          origin: config.origin,
          isFile: metadata.source?.file !== undefined,
          ...config.status(),
        },
      }),
    stop() {
      stopped = true
      listener = undefined
      flag?.stop()
      config.stop()
    },
  }
}
