import { defineStore } from '@sessionkeep/contracts'
import * as z from 'zod'
import { unstorageStore } from './unstorage-store.ts'

export { unstorageStore } from './unstorage-store.ts'

const declared = z.strictObject({ durability: z.enum(['none', 'process', 'power']), shared: z.boolean() })

/**
 * The capabilities that the conformance suite has shown. `fs` writes in place: a kill during a write can tear that
 * record.
 */
const TRIED = new Map<string, z.output<typeof declared>>([
  ['memory', { durability: 'none', shared: false }],
  ['fs', { durability: 'none', shared: true }],
])

export default defineStore({
  name: 'sessionkeep-store-unstorage',
  apiVersion: 1,
  options: z
    .strictObject({
      driver: z.string().regex(/^[a-z0-9-]+$/, 'expected the name of a driver, such as "fs"'),
      options: z.record(z.string(), z.unknown()).default({}),
      capabilities: declared.optional(),
    })
    .refine(({ driver, capabilities }) => TRIED.has(driver) !== (capabilities !== undefined), {
      path: ['capabilities'],
      message: `give them for every driver but ${[...TRIED.keys()].join(' and ')}: what do its writes survive?`,
    }),
  create: ({ driver, options, capabilities = TRIED.get(driver) ?? { durability: 'none', shared: false } }) =>
    unstorageStore(driver, options, { retains: true, ...capabilities }),
})
