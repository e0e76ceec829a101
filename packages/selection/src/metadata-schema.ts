import { MAX_TIMER_MS, optionsObject, type StorePlugin, strictOptions } from '@sessionkeep/contracts'
import { holdsOptions, ms, object, once, poolIdType } from '@sessionkeep/contracts/internal'
import * as z from 'zod'
import type { FlagSource } from './flag-source.ts'
import { BUILT_IN, invalidName, STORE_NAMES } from './names.ts'
import { pluginFault } from './plugin-fault.ts'

/** Who the pool is, in the configuration. */
const identity = once(() => ({
  poolId: poolIdType.optional().describe('The owner of the sessions and records, if the program sets none.'),
  formerly: z.array(poolIdType).optional().describe('Former ids of the pool, or its session prefix.'),
}))

const startDegraded = once(() =>
  z
    .boolean()
    .default(false)
    .describe('Whether the pool starts although its primary store cannot be used as configured.'),
)

/** The durations that a program or a configuration file may set. */
const times = once(() => ({
  flushIntervalMs: ms(1000).describe('How long changes are collected before they are written, ms.'),
  ackTimeoutMs: ms(250, 0).describe('How long creating, deleting and draining a session wait for a store, ms.'),
  saveTimeoutMs: ms(5000).describe('How long saveSessionMetadata waits for a store, ms.'),
  attachTimeoutMs: ms(3000).describe('How long start() waits for the stores, ms.'),
  callTimeoutMs: ms(5000).describe('How long one call of a store may take, ms.'),
  maxRetryMs: ms(30_000).describe('The longest pause between attempts on a failing store, ms.'),
  lockRetryMs: ms(1000).describe('The pause between attempts to get a lock that another gateway holds, ms.'),
  watchIntervalMs: ms(2000, 0).describe('How often this file is checked for changes, ms; 0: never.'),
}))

const flag = once(() =>
  z
    .custom<FlagSource>(
      isFlagSource,
      'must be a flag source, with a key and read(); openFeatureFlag({ client, key }) makes one of an OpenFeature client',
    )
    .optional(),
)

function isFlagSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { key, read, timeoutMs = 1 } = value as Partial<FlagSource>
  const isTime = typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= MAX_TIMER_MS
  return typeof key === 'string' && key !== '' && typeof read === 'function' && isTime
}

const choice = once(() => z.union([z.string().min(1), object], 'must be the name of a store, or a store'))

const plugin = once(() =>
  z.custom<StorePlugin>().superRefine((value, context) => {
    const fault = pluginFault(value)
    if (fault) context.addIssue(`is no plug-in of a store: ${fault}`)
  }),
)

/** Plug-ins that the program gives. No two may have the same name, and none may have the name of a built-in store. */
const plugins = once(() =>
  z.array(plugin(), 'must be a list of plug-ins').superRefine((given, context) => {
    const names = given.map(({ name }) => name)
    for (const name of new Set(names)) {
      const isName = typeof name === 'string' && name !== '' && !Object.hasOwn(BUILT_IN, name) && !invalidName(name)
      if (!isName) context.addIssue(`no plug-in can have the name ${JSON.stringify(name)}`)
      else if (names.indexOf(name) !== names.lastIndexOf(name)) context.addIssue(`two plug-ins have the name "${name}"`)
    }
  }),
)

/** The schema of `metadata` as a program gives it. It fills in the defaults. */
export const metadataOptions = once(() =>
  optionsObject.pipe(
    strictOptions({
      store: choice().optional(),
      mirror: z.array(choice()).default([]),
      stores: z.record(z.string(), z.unknown()).default({}),
      plugins: plugins().default([]),
      ...identity(),
      startDegraded: startDegraded(),
      ...times(),
      flag: flag(),
      source: object.optional(),
    }),
  ),
)

const name = once(() =>
  z.union([z.enum(STORE_NAMES as [string, ...string[]]), z.string().min(1)], 'must be the name of a store'),
)
const fileShape = once(() => ({
  $schema: z.string().optional().describe('For editors; the pool ignores it.'),
  store: name().optional().describe('The store: a name, an npm package, or a path. Default: file.'),
  mirror: z.array(name()).optional().describe('Further stores that get every change.'),
  stores: z
    .record(z.string(), z.looseObject({}, 'must be an object of options'), 'must be an object')
    .optional()
    .describe('The options of each store, under the name by which it is selected.'),
  ...identity(),
  startDegraded: startDegraded(),
  ...times(),
}))

/** The schema of a configuration file in JSON. */
export const configFile = once(() =>
  strictOptions(fileShape(), (key) =>
    Object.hasOwn(configModule().shape, key)
      ? 'holds an object of the program, so it can only be in a configuration in JavaScript'
      : undefined,
  ),
)

const options = once(() => z.custom<object>(holdsOptions, 'must be an object of options'))

/** The schema of a configuration file in JavaScript, which may also contain store objects, plug-ins and a flag. */
export const configModule = once(() =>
  strictOptions({
    ...fileShape(),
    store: choice().optional(),
    mirror: z.array(choice()).optional(),
    stores: z.record(z.string(), options(), 'must be an object').optional(),
    plugins: plugins().optional(),
    flag: flag(),
  }),
)

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): object {
  return {
    ...z.toJSONSchema(configFile(), { io: 'input' }),
    title: 'sessionkeep.config.json',
    description: 'Where a pool of sessions keeps its metadata.',
  }
}
