import { defineStore, type StoreCapabilities } from '@sessionkeep/core'
import * as z from 'zod'
import { unstorageStore } from './unstorage-store.ts'

export { unstorageStore } from './unstorage-store.ts'

/** What the conformance suite has shown. `fs` writes in place: a kill in the middle of a write can tear that record. */
const TRIED: Readonly<Record<string, Omit<StoreCapabilities, 'retains'>>> = {
  memory: { durability: 'none', shared: false },
  fs: { durability: 'none', shared: true },
}
const capabilities = z.strictObject({ durability: z.enum(['none', 'process', 'power']), shared: z.boolean() })

export default defineStore({
  name: 'sessionkeep-store-unstorage',
  apiVersion: 1,
  options: z
    .strictObject({
      /** The file name of a driver of unstorage, and the options that it takes. */
      driver: z.string().regex(/^[a-z0-9-]+$/, 'expected the name of a driver, such as "fs"'),
      options: z.record(z.string(), z.unknown()).default({}),
      capabilities: capabilities.optional(),
    })
    .refine(({ driver, capabilities }) => Object.hasOwn(TRIED, driver) !== (capabilities !== undefined), {
      path: ['capabilities'],
      message: `give them for every driver but ${Object.keys(TRIED).join(' and ')}: what does it keep?`,
    }),
  create: ({ driver, options, capabilities = TRIED[driver] ?? { durability: 'none', shared: false } }) =>
    unstorageStore(driver, options, { retains: true, ...capabilities }),
})
