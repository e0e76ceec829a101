import { statfs } from 'node:fs/promises'

const MASKS = 'dmask=0077,fmask=0177'
const MODES = 'dir_mode=0700,file_mode=0600'

/** The types of file systems that keep no rights: one owner and one mode for all files are options of the mount. */
const OPTIONS: ReadonlyMap<number, string> = new Map([
  // FAT, exFAT, and the two drivers of NTFS.
  ...[0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e].map((type) => [type, MASKS] as const),
  // SMB: cifs and smb2.
  ...[0xff534d42, 0xfe534d42].map((type) => [type, MODES] as const),
])
/** File systems that are programs in user space. Some of them keep rights; those for exFAT and NTFS do not. */
const FUSE = 0x65735546

/**
 * Returns what to do about a path whose owner or mode must change: the `command`, or the options of the mount where the file
 * system keeps no rights and the command cannot help.
 *
 * @param owner - The user to whom everything is to belong; undefined: the owner is right.
 */
export async function rightsAdvice(path: string, command: string, owner?: number): Promise<string> {
  const run = `run: ${command}`
  if (process.platform !== 'linux') return run
  const type = (await statfs(path)).type >>> 0
  const uid = owner === undefined ? '' : `uid=${owner},`
  const options = OPTIONS.get(type)
  if (options !== undefined) return `this file system keeps no rights, so mount it with -o ${uid}${options}`
  return type === FUSE ? `${run} (if that changes nothing, mount it with -o ${uid}${MASKS})` : run
}
