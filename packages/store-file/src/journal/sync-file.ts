import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codeOf } from '@sessionkeep/contracts'

// A person may put a FIFO or a link in place of the file at any time. Opening a FIFO without O_NONBLOCK would wait forever.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | constants.O_NOCTTY

/** Syncs a file, unless it is gone or is a link by now. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, FLAGS).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ELOOP') throw error
  })
  try {
    await handle?.sync()
  } finally {
    await handle?.close()
  }
}
