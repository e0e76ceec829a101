import { spawnSync } from 'node:child_process'
import { existsSync, statfsSync } from 'node:fs'

const succeeds = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0

/** The abilities of this machine; used as `test.skipIf(!can.mount)`, with the reason in the title. */
export const can = {
  root: process.geteuid?.() === 0,
  strace: succeeds('strace', '-qq', '-o', '/dev/null', 'true'),
  mount: succeeds('unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'),
  setpriv: succeeds('setpriv', '--bounding-set=-dac_override', 'true') && process.geteuid?.() === 0,
  /** Loop devices, and tools to create file systems. */
  loop: process.geteuid?.() === 0 && succeeds('losetup', '-f') && succeeds('sh', '-c', 'command -v mkfs.ext4'),
  exFat: succeeds('sh', '-c', 'command -v mount.exfat-fuse && command -v mkfs.exfat'),
  sharedMemory: existsSync('/dev/shm') && statfsSync('/dev/shm').type === 0x01021994,
  cut: succeeds('sh', '-c', 'command -v xfs_io && command -v eatmydata'),
}
