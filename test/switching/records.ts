import type { MetadataStore } from '@sessionkeep/core'

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Everything that a store has, read through the store itself, by session name. It must not be open. */
export async function recordsIn(store: MetadataStore): Promise<Map<string, Record<string, unknown>>> {
  const within = { signal: AbortSignal.timeout(20_000) }
  await store.open?.({ ...within, logger, readOnly: true })
  try {
    const names: string[] = []
    for await (const name of store.list(within)) names.push(name)
    const found = await store.getMany(names, within)
    return new Map([...found].map(([name, record]) => [name, record as Record<string, unknown>]))
  } finally {
    await store.close?.()
  }
}

/** The requests that a store knows of each workspace. */
export async function totalsIn(store: MetadataStore): Promise<Map<string, number>> {
  const records = await recordsIn(store)
  return new Map(
    [...records.values()].map(({ workspace, totalRequests }) => [String(workspace), Number(totalRequests)]),
  )
}
