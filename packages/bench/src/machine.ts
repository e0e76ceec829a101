import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os'

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'XFS',
  16914836: 'tmpfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
}

/** Describes the machine, because figures of different machines cannot be compared. */
export function machine() {
  const magic = statfsSync(tmpdir()).type
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    fileSystem: FILE_SYSTEMS[magic] ?? `0x${magic.toString(16)}`,
    load: Number(loadavg()[0]?.toFixed(2)),
  }
}

export type Machine = ReturnType<typeof machine>
