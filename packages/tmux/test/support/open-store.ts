import type { MetadataStore, StoreContext } from '@sessionkeep/contracts'
import { type TmuxStoreOptions, tmuxStore } from '@sessionkeep/tmux'
import { onTestFinished } from 'vitest'

const ignore = () => undefined
const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }
export const { signal } = new AbortController()

export async function openStore(
  options: TmuxStoreOptions,
  context: Partial<StoreContext> = {},
): Promise<MetadataStore> {
  const store = tmuxStore(options)
  await store.open?.({ signal, logger, ...context })
  onTestFinished(async () => store.close?.())
  return store
}

export const write = (store: MetadataStore, records: object) =>
  store.setMany(new Map(Object.entries(records)), { signal })
export const read = async (store: MetadataStore, ...names: string[]) =>
  Object.fromEntries(await store.getMany(names, { signal }))

export async function list(store: MetadataStore): Promise<string[]> {
  const names: string[] = []
  for await (const name of store.list({ signal })) names.push(name)
  return names.toSorted()
}
