import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ground } from './directories.ts'

/** The least that a durable write of a file can be: six calls in a bare loop, without a check or a name of its own. */
export interface BareFiles {
  readonly directory: string
  /** open (wx, 0600), writeFile, fsync, close, rename, fsync of the directory. */
  safeWrite(name: string, text: string): Promise<void>
  /** The same without either fsync. */
  renameWrite(name: string, text: string): Promise<void>
  /** unlink, fsync of the directory. */
  safeUnlink(name: string): Promise<void>
  unlink(name: string): Promise<void>
}

export async function bareFiles(ground: Ground): Promise<BareFiles> {
  const directory = ground.directory('bare')
  const handle: FileHandle = await open(directory, 'r')
  ground.onEnd(() => handle.close())
  const put = async (name: string, text: string, sync: boolean): Promise<void> => {
    const temp = join(directory, `${name}.tmp`)
    const file = await open(temp, 'wx', 0o600)
    await file.writeFile(text)
    if (sync) await file.sync()
    await file.close()
    await rename(temp, join(directory, name))
  }
  return {
    directory,
    async safeWrite(name, text) {
      await put(name, text, true)
      await handle.sync()
    },
    renameWrite: (name, text) => put(name, text, false),
    async safeUnlink(name) {
      await unlink(join(directory, name))
      await handle.sync()
    },
    unlink: (name) => unlink(join(directory, name)),
  }
}
