import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { always, freshDirectory, recordingLogger } from '../../disk/test/support/fixture.ts'
import { mounted } from '../../disk/test/support/mounted.ts'
import { can } from '../../disk/test/support/prerequisites.ts'
import { fileStore } from '../src/index.ts'
import { builtStore } from './support/fixture.ts'

const built = builtStore()

test.skipIf(!can.sharedMemory)(
  'a store in a directory in memory declares the durability process, with one warning (needs /dev/shm)',
  async () => {
    const directory = mkdtempSync('/dev/shm/file-store-')
    try {
      const logger = recordingLogger()
      const store = fileStore({ directory: join(directory, 'sessions') })
      expect(store.capabilities.durability).toBe('power')
      await store.open?.({ ...always, logger })
      expect(store.capabilities.durability).toBe('process')
      await store.close?.()
      await store.open?.({ ...always, logger })
      await store.close?.()
      expect(logger.entries.map(({ message }) => message)).toEqual([expect.stringContaining('is in memory')])
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
)

/** The shell commands that mount an empty exFAT with these options. */
function exFat(place: string, options: string): string {
  const image = join(freshDirectory(), 'image')
  const make = `dd if=/dev/zero of=${image} bs=1M count=20 status=none; mkfs.exfat ${image} >/dev/null`
  return `${make}; loop=$(losetup -f --show ${image}); mount.exfat-fuse -o ${options} $loop ${place} >/dev/null; losetup -d $loop`
}

test.skipIf(!can.loop || !can.exFat)(
  'on a file system that keeps no rights, the advice about an unsafe directory names options of the mount (needs root and exfat-fuse)',
  async () => {
    const place = freshDirectory()
    const work = { directory: join(place, 'sessions'), ops: [['open']] } as const
    const [line] = await mounted(built, exFat(place, 'umask=0000'), work)
    expect(line).toMatchObject({
      open: 'STORE_MISCONFIGURED',
      advice: expect.stringContaining('dmask=0077,fmask=0177'),
    })
  },
)

test.skipIf(!can.loop || !can.exFat)(
  'names that differ by case alone are different records on a disk that folds case and makes up inode numbers (needs root and exfat-fuse)',
  async () => {
    const place = freshDirectory()
    const mount = exFat(place, 'fmask=0177,dmask=0077')
    const records = { Docs: { at: 1 }, docs: { at: 2 }, DOCS: { at: 3 } }
    const ops = [
      ['open'],
      ['set', records],
      ['close'],
      ['open'],
      ['get', ['Docs', 'docs', 'DOCS']],
      ['list'],
      ['close'],
    ] as const
    const directory = join(place, 'sessions')
    const lines = await mounted(built, mount, { directory, ops })
    expect(lines.filter((line) => !('warned' in line))).toMatchObject([
      { open: 'done' },
      { set: 'done' },
      { close: 'done' },
      { open: 'done' },
      { get: records },
      { list: expect.arrayContaining(['Docs', 'docs', 'DOCS']) },
      { close: 'done' },
    ])
  },
)
