import type { Clock, ConfigError, Logger } from '@sessionkeep/contracts'
import { redact, systemClock } from '@sessionkeep/contracts/internal'
import { checkLoadable } from './check-selection.ts'
import { type ConfigValue, createConfigLayer } from './config-layer.ts'
import type { MetadataOptions } from './config-source.ts'
import { readEnvironment } from './environment.ts'
import { explainLayers, type SelectionExplanation } from './explain.ts'
import { checkFlagNames, createFlagLayer } from './flag-layer.ts'
import { logSource } from './log-source.ts'
import { canonicalChoice } from './names.ts'
import { originsOf } from './origin.ts'
import {
  type DesiredSelection,
  isOffByName,
  isSameSelection,
  type LayerValue,
  nameOfChoice,
  resolveSelection,
  type StoreSelection,
} from './selection.ts'
import { assertNeedsNoConfig } from './unusable-config.ts'
import { workingDirectory } from './working-directory.ts'

/** The layers that select the stores of a pool. */
export interface SelectionLayers {
  /**
   * Reads every layer once, waiting for a flag at most its `timeoutMs`, and then watches flag and file. Rejects with a
   * `ConfigError` when the stores of environment, program or file cannot be loaded, and may then be called again.
   */
  start(): Promise<void>
  /** The desired selection now. Before `start()` it does not include the flag. */
  desired(): DesiredSelection
  /** The selection that a restart would make: all layers except the call at run time. */
  afterRestart(): DesiredSelection
  /** The selection that would be desired after this call at run time; undefined takes the present call back. Throws a `ConfigError` when the configuration that it needs cannot be used. */
  withRuntime(selection: StoreSelection | undefined, reason?: string): DesiredSelection
  /** Sets the call at run time; undefined takes it back. It checks nothing, and does not call the listener. */
  setRuntime(selection: StoreSelection | undefined, reason?: string): void
  /**
   * Sets the one listener, which must not throw. It is called when the flag or the file has changed the selection that a restart
   * would make: the store, a mirror, or their options. A call at run time still decides `desired()`.
   */
  onChange(listener: (desired: DesiredSelection) => void): void
  /** Explains every layer and the decision. Plain JSON, without credentials. */
  explain(): SelectionExplanation
  /** Stops watching. The listener is not called afterwards. */
  stop(): void
}

type Metadata = Pick<MetadataOptions, 'store' | 'mirror' | 'stores' | 'plugins' | 'source' | 'flag' | 'watchIntervalMs'>
type Variables = Readonly<Record<string, string | undefined>>

type RuntimeCall = StoreSelection & Pick<DesiredSelection, 'reason' | 'since'>

/** The last good values of the layers that can change while the pool runs. */
interface LastGood {
  readonly flag: LayerValue | undefined
  readonly config: ConfigValue
  /** Why the configuration cannot be used; undefined once it has been valid. */
  readonly fault: ConfigError | undefined
}

/** Makes the layers of a pool from its `metadata` options and the environment variables. */
export function createSelectionLayers(
  metadata: Metadata,
  variables: Variables,
  logger: Logger,
  clock: Clock = systemClock,
): SelectionLayers {
  const cwd = workingDirectory()
  const directory = metadata.source?.directory ?? cwd
  const plugins = metadata.plugins ?? []
  const environment = readEnvironment(variables, cwd)
  const config = createConfigLayer(metadata, { logger, clock }, (value) => apply({ config: value, fault: undefined }))
  const flag = metadata.flag && createFlagLayer(metadata.flag, { logger, clock }, applyFlag)

  let lastGood: LastGood = { flag: undefined, config: config.initial, fault: metadata.source?.fault }
  /** The selection of all layers except the call at run time. */
  let lower = resolve(lastGood)
  let runtime: RuntimeCall | undefined
  let listener: ((desired: DesiredSelection) => void) | undefined
  let applying: Promise<unknown> = Promise.resolve()
  let flagStarted: Promise<void> | undefined
  let started = false
  let stopped = false

  function resolve({ flag, config: { store, mirror, stores } }: LastGood): DesiredSelection {
    const fromConfig = { ...(store === undefined ? {} : { store }), ...(mirror?.length ? { mirror } : {}) }
    const resolution = resolveSelection({ flag, environment: environment.value, config: fromConfig })
    const origins = originsOf(resolution, {
      environment,
      config: { origin: config.origin, stores },
      flagKey: metadata.flag?.key,
    })
    return { ...resolution, stores, plugins, directory, environment, since: clock.date(), origins }
  }

  const check = async (candidate: DesiredSelection, { fault }: LastGood): Promise<void> => {
    assertNeedsNoConfig(candidate, fault)
    await checkLoadable(candidate, logger)
  }

  /** Applies a new value of a layer. Rejects, and changes nothing, when the stores that it leads to cannot be loaded. */
  function apply(change: Partial<LastGood>): Promise<void> {
    const applied = applying.then(async () => {
      const next = { ...lastGood, ...change }
      const candidate = resolve(next)
      const isSame = started && isSameSelection(candidate, lower)
      if (!isSame) await check(candidate, next)
      if (stopped) return
      lastGood = next
      lower = isSame ? { ...candidate, since: lower.since } : candidate
      if (!started || isSame) return
      const { store, mirror, layer } = lower
      const names = [store, ...mirror].map(nameOfChoice)
      logger.info({ layer, store: names[0], mirror: names.slice(1) }, 'The selection has changed')
      listener?.(desired())
    })
    applying = Promise.allSettled([applied])
    return applied
  }

  async function applyFlag(value: LayerValue): Promise<void> {
    const absolute = {
      ...value,
      ...(value.store === undefined ? {} : { store: canonicalChoice(value.store, directory) }),
      ...(value.mirror ? { mirror: value.mirror.map((choice) => canonicalChoice(choice, directory)) } : {}),
    }
    const configured = [...Object.keys(lastGood.config.stores), ...plugins.map(({ name }) => name)]
    checkFlagNames(absolute, [environment.value, lastGood.config], configured)
    await apply({ flag: absolute })
  }

  const over = (call: RuntimeCall | undefined): DesiredSelection =>
    call ? { ...lower, ...call, layer: 'runtime', mirrorLayer: 'runtime', origins: undefined } : lower
  const desired = (): DesiredSelection => over(runtime)
  const callOf = (selection: StoreSelection | undefined, reason: string | undefined): RuntimeCall | undefined =>
    selection && {
      store: canonicalChoice(selection.store, cwd),
      mirror: isOffByName(selection.store) ? [] : selection.mirror.map((choice) => canonicalChoice(choice, cwd)),
      // A person writes the reason, which may contain a login, and it is repeated in the status, in events and in the log.
      reason: reason === undefined ? undefined : redact(reason),
      since: clock.date(),
    }

  const warnOfMistakes = (): void => {
    for (const { variable, nearest } of environment.misspelt()) {
      logger.warn({ variable, nearest }, 'A variable of the environment is not known - is it misspelt?')
    }
    if (metadata.source) logSource(metadata.source, logger)
  }

  return {
    async start() {
      if (started) return
      flagStarted ??= flag?.start()
      await flagStarted
      try {
        if (lastGood.flag === undefined) await check(lower, lastGood)
      } finally {
        // Also after a failure, since a misspelt variable may be its cause. The variables of a plug-in are known once it is
        // loaded.
        warnOfMistakes()
      }
      started = true
      if (!stopped) config.start()
    },
    desired,
    afterRestart: () => lower,
    withRuntime(selection, reason) {
      const candidate = over(callOf(selection, reason))
      assertNeedsNoConfig(candidate, lastGood.fault)
      return candidate
    },
    setRuntime(selection, reason) {
      runtime = callOf(selection, reason)
    },
    onChange(newListener) {
      listener = newListener
    },
    explain: () =>
      explainLayers({
        desired: desired(),
        runtime,
        flag: metadata.flag && flag && { key: metadata.flag.key, value: lastGood.flag, ...flag.status() },
        environment,
        config: {
          value: lastGood.config,
          origin: config.origin,
          isFile: metadata.source?.file !== undefined,
          unused: metadata.source?.unused ?? [],
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
