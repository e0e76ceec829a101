import type { Place } from '../../src/index.ts'

/** The data that outlives the stores of a place: texts by namespace and name. */
export interface Disk {
  readonly rooms: Map<string, Map<string, string>>
  readonly locks: Set<string>
  isDown: boolean
  /** While this is set, every call waits for it. */
  hung: Promise<void> | undefined
}

const disks = new Map<string, Disk>()

export function diskOf({ id }: Place): Disk {
  const disk = disks.get(id) ?? { rooms: new Map(), locks: new Set(), isDown: false, hung: undefined }
  disks.set(id, disk)
  return disk
}

export const DEFAULT_NAMESPACE = ''

export function roomOf(disk: Disk, room: string): Map<string, string> {
  const records = disk.rooms.get(room) ?? new Map<string, string>()
  disk.rooms.set(room, records)
  return records
}
