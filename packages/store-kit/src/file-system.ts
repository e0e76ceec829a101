import { statfs } from 'node:fs/promises'

/** The types of file systems that are in memory: tmpfs and ramfs. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/**
 * Whether the file system of this path is in memory, so that nothing in it survives a power cut or a restart of the
 * machine.
 *
 * @example
 * if (await isInMemory('/dev/shm')) durability = 'process'
 */
export async function isInMemory(path: string): Promise<boolean> {
  return process.platform === 'linux' && IN_MEMORY.has((await statfs(path)).type)
}
