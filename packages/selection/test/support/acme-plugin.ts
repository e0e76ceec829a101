import { defineStore, type SchemaResult, type StoredRecord } from '@sessionkeep/contracts'

/** The records of all stores of this plug-in, under the shelf and the name. */
export const records = new Map<string, StoredRecord>()

const validate = (value: unknown): SchemaResult<{ shelf: string }> => ({
  value: { shelf: 'none', ...(value as object) },
})

/** A plug-in that no package has. */
export const acme = defineStore({
  name: 'acme',
  apiVersion: 1,
  env: { ACME_SHELF: 'shelf' },
  options: { '~standard': { version: 1, vendor: 'acme', validate } },
  create: ({ shelf }) => ({
    name: 'acme',
    capabilities: { durability: 'process', retains: true, shared: false },
    async getMany(names) {
      return new Map(
        names.flatMap((name) => {
          const record = records.get(`${shelf} ${name}`)
          return record ? [[name, record]] : []
        }),
      )
    },
    async setMany(batch) {
      for (const [name, record] of batch) records.set(`${shelf} ${name}`, record as StoredRecord)
    },
    async deleteMany(names) {
      for (const name of names) records.delete(`${shelf} ${name}`)
    },
    async *list() {
      for (const key of records.keys()) if (key.startsWith(`${shelf} `)) yield key.slice(shelf.length + 1)
    },
  }),
})
