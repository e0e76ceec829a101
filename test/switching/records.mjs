const quiet = () => undefined
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/**
 * Opens a store, reads all of its records by session name, and closes it.
 * @param {import('@sessionkeep/core').MetadataStore} store
 * @returns {Promise<Map<string, Record<string, unknown>>>}
 */
export async function recordsIn(store) {
  const within = { signal: AbortSignal.timeout(20_000) }
  await store.open?.({ ...within, logger, readOnly: true })
  try {
    const names = []
    for await (const name of store.list(within)) names.push(name)
    const found = await store.getMany(names, within)
    return /** @type {Map<string, Record<string, unknown>>} */ (found)
  } finally {
    await store.close?.()
  }
}

/**
 * The requests that a store holds, by workspace.
 * @param {import('@sessionkeep/core').MetadataStore} store
 * @returns {Promise<Map<string, number>>}
 */
export async function totalsIn(store) {
  const records = await recordsIn(store)
  return new Map(
    [...records.values()].map(({ workspace, totalRequests }) => [String(workspace), Number(totalRequests)]),
  )
}
