import * as z from 'zod'
import { holdsOptions } from '../../base/plain-object.ts'
import { flagOptions, metadataTimes } from '../../pool/resolve-options.ts'
import { STORE_NAMES } from '../plugins/store-names.ts'

const name = z.union([z.enum(STORE_NAMES as [string, ...string[]]), z.string().min(1)], 'must be the name of a store')
const stores = z.record(z.string(), z.looseObject({}, 'must be an object of options'), 'must be an object')

const times = {
  flushIntervalMs: metadataTimes.flushIntervalMs.describe('How long activity is collected before it is written, ms.'),
  ackMs: metadataTimes.ackMs.describe('The most that creating, deleting and draining wait for a store, ms.'),
  saveDeadlineMs: metadataTimes.saveDeadlineMs.describe('The most that saveSessionMetadata waits, ms.'),
  attachDeadlineMs: metadataTimes.attachDeadlineMs.describe('The most that start() waits for the stores, ms.'),
  callDeadlineMs: metadataTimes.callDeadlineMs.describe('The most that one call of a store may take, ms.'),
  maxRetryMs: metadataTimes.maxRetryMs.describe('The most between attempts on a failing store, ms.'),
  lockRetryMs: metadataTimes.lockRetryMs.describe('Between attempts on a lock that another gateway holds, ms.'),
  watchIntervalMs: metadataTimes.watchIntervalMs.describe('Between looks whether this file has changed, ms; 0: never.'),
}

/** What a configuration file in JSON may say. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('For editors; not read.'),
  store: name.optional().describe('Where metadata is kept: a name, an npm package, or a path. Default: file.'),
  mirror: z.array(name).optional().describe('Further stores that get every change.'),
  stores: stores.optional().describe('Options of stores, under the name by which the store is chosen.'),
  ...times,
})

const instance = z.custom<object>((value) => typeof value === 'object' && value !== null)
const options = z.custom<object>(holdsOptions, 'must be an object of options')
const choice = z.union([z.string().min(1), instance], 'must be the name of a store, or a store')

/** What a configuration file in JavaScript may say: stores and an OpenFeature client too. */
export const configModule = configFile.extend({
  store: choice.optional(),
  mirror: z.array(choice).optional(),
  stores: z.record(z.string(), options, 'must be an object').optional(),
  flag: flagOptions.optional(),
})

/** The JSON Schema of the file, for editors. */
export function configJsonSchema(): object {
  return {
    ...z.toJSONSchema(configFile, { io: 'input' }),
    title: 'sessionkeep.config.json',
    description: 'Where a pool of sessions keeps its metadata.',
  }
}
