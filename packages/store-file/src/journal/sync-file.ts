import { open } from 'node:fs/promises'

/** Syncs a file, unless it is gone. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined)
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}
