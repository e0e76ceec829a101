import { randomUUID } from 'node:crypto'
import { open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { codeOf, StoreError } from '@sessionkeep/contracts'
import { type Holder, isRunning, parseHolder } from '@sessionkeep/store-kit'

const HEARTBEAT_MS = 5_000
const STALE_MS = 30_000
const TRIES = 3

/**
 * A lock for systems without flock(1) and for file systems without locks: a file that names its holder and is refreshed
 * regularly. It is weaker than a kernel lock; the README states its limits.
 */
export interface Lease {
  /** Rejects with `STORE_LOCKED` when the lease is lost. */
  verify(): Promise<void>
  release(): Promise<void>
}

/** Takes the lease, or returns its present holder. */
export async function takeLease(path: string, self: Holder): Promise<Lease | { readonly heldBy: Holder | undefined }> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const lease = await createLease(path, self)
    if (lease) return lease
    const found = await liveLease(path)
    if (found.live) return { heldBy: found.holder }
    await setStaleAside(path)
  }
  return { heldBy: undefined }
}

/**
 * Whether somebody holds the lease: its process must still run. If that cannot be found out, the file must have been
 * refreshed recently.
 */
export async function liveLease(path: string): Promise<{ live: boolean; holder?: Holder | undefined }> {
  try {
    const holder = parseHolder(await readFile(path, 'utf8'))
    const running = holder && (await isRunning(holder))
    const live = running ?? Date.now() - (await stat(path)).mtimeMs < STALE_MS
    return { live, holder }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { live: false }
    throw error
  }
}

async function createLease(path: string, self: Holder): Promise<Lease | undefined> {
  const text = `${JSON.stringify({ ...self, id: randomUUID() })}\n`
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
  } catch (error) {
    await handle.close()
    await unlink(path)
    throw error
  }
  let beat: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    const now = new Date()
    // This uses the descriptor and not the path: if another process has taken the lease over, its file is not
    // refreshed. If a refresh fails, the next one follows.
    beat = handle.utimes(now, now).catch(() => undefined)
  }, HEARTBEAT_MS)
  timer.unref()
  const isOurs = async () => (await readFile(path, 'utf8').catch(() => undefined)) === text
  return {
    async verify() {
      if (await isOurs()) return
      throw new StoreError('STORE_LOCKED', `The lease ${path} was taken over by another process, or removed.`)
    },
    async release() {
      clearInterval(timer)
      await beat
      if (await isOurs()) await unlink(path)
      await handle.close()
    },
  }
}

async function setStaleAside(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    await unlink(aside)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}
