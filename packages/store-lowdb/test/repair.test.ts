import { readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { built } from '../../../test/support/built.ts'
import { always, contextOf, failureOf, freshDirectory } from '../../disk/test/support/fixture.ts'
import { mounted, tmpfs } from '../../disk/test/support/mounted.ts'
import { can } from '../../disk/test/support/prerequisites.ts'
import { lowdbStore } from '../src/index.ts'
import { asideOf, freshFile, injected, openedStore, SOURCES } from './support/fixture.ts'

const store = built(SOURCES)

/** A document of about this many bytes, and the same one torn in its last record. */
function documents(bytes: number): { whole: string; torn: string } {
  const records = Object.fromEntries(
    Array.from({ length: bytes / 500 }, (_, at) => [`r${at}`, { text: 'x'.repeat(470) }]),
  )
  const whole = `${JSON.stringify({ sessionkeep: 1, records: { ...records, mine: { n: 7 } } }, null, 2)}\n`
  return { whole, torn: whole.slice(0, -20) }
}

/** Whether this process has the file open. */
function isOpen(file: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file
    } catch {
      return false
    }
  })
}

test.skipIf(process.platform !== 'linux')(
  'a document that a person repairs while it is being opened is not set aside (needs /proc)',
  async () => {
    const file = freshFile()
    const { whole, torn } = documents(5_000_000)
    writeFileSync(file, torn, { mode: 0o600 })
    writeFileSync(`${file}-repaired`, whole, { mode: 0o600 })
    const made = lowdbStore({ file })
    const opening = failureOf(made.open?.(contextOf()) as Promise<void>)
    while (!isOpen(file)) await nextTurn()
    while (isOpen(file)) await nextTurn()
    // What was read is being parsed, in many turns.
    expect(asideOf(file)).toEqual([])
    renameSync(`${file}-repaired`, file)
    expect(await opening).toMatchObject({ code: 'STORE_CLOSED' })
    expect(readFileSync(file, 'utf8') === whole).toBe(true)
    expect(readdirSync(dirname(file)).filter((name) => name.includes('.corrupt-'))).toEqual([])
    const again = await openedStore(file)
    expect(await again.getMany(['mine'], always)).toEqual(new Map([['mine', { n: 7 }]]))
  },
)

test.skipIf(!can.mount)(
  'on a full disk, a damaged document stays as it is however often it is opened (needs mount rights)',
  async () => {
    const directory = freshDirectory()
    const file = join(directory, 'sessions.json')
    const source = freshFile()
    writeFileSync(source, documents(100_000).torn)
    const names = ['run', `ls ${directory}`] as const
    const lines = await mounted(store, tmpfs(directory, 'size=256k'), {
      options: { file },
      ops: [
        ['run', `cp ${source} ${file} && chmod 600 ${file}`],
        ['run', `head -c 1M /dev/zero > ${directory}/filler 2>/dev/null || true`],
        ...[['open'], ['open'], ['open'], names, ['run', `cmp ${source} ${file}`], ['run', `rm ${directory}/filler`]],
        ...[['open'], ['get', ['r7']], names],
      ] as never,
    })
    expect(lines.slice(2)).toMatchObject([
      ...[{ open: 'STORE_FULL' }, { open: 'STORE_FULL' }, { open: 'STORE_FULL' }],
      ...[{ run: 'filler\nsessions.json' }, { run: 'done' }, { run: 'done' }],
      ...[{ warned: 'STORE_RECORD_UNREADABLE' }, { open: 'done' }, { get: { r7: { text: 'x'.repeat(470) } } }],
      { run: expect.stringMatching(/^sessions\.json\nsessions\.json\.corrupt-\S+$/) },
    ])
  },
)

// The first rename is that of the probe. Without links, the second one is that of the copy.
test.skipIf(!can.strace).each([
  ['', ['rename:error=EIO:when=2']],
  [' where links are impossible', ['link:error=EPERM', 'rename:error=EIO:when=3']],
] as const)(
  'a damaged document%s stays as it is when it cannot be replaced, and is repaired by the next open (needs strace)',
  async (_, injections) => {
    const file = freshFile()
    const { torn } = documents(10_000)
    writeFileSync(file, torn, { mode: 0o600 })
    const names = ['run', `ls ${dirname(file)}`] as const
    const lines = await injected(store, file, injections, [['open'], names, ['open'], ['get', ['r7']]])
    expect(lines).toEqual([
      expect.objectContaining({ open: 'STORE_UNAVAILABLE', errno: 'EIO' }),
      { run: 'sessions.json' },
      ...[{ warned: 'STORE_RECORD_UNREADABLE' }, { open: 'done' }, { get: { r7: { text: 'x'.repeat(470) } } }],
    ])
    expect(asideOf(file).map(String)).toEqual([torn])
  },
)

// The fsyncs are those of the directory, of the new document, and of the directory again.
test.skipIf(!can.strace)(
  'a damaged document that was replaced stays set aside, and is told, although the sync of the directory fails (needs strace)',
  async () => {
    const file = freshFile()
    const { torn } = documents(10_000)
    writeFileSync(file, torn, { mode: 0o600 })
    const lines = await injected(store, file, ['fsync:error=EIO:when=3'], [['open'], ['open'], ['get', ['r7']]])
    expect(lines).toMatchObject([
      ...[{ warned: 'STORE_RECORD_UNREADABLE' }, { open: 'STORE_UNAVAILABLE', errno: 'EIO' }],
      ...[{ open: 'done' }, { get: { r7: { text: 'x'.repeat(470) } } }],
    ])
    expect(asideOf(file).map(String)).toEqual([torn])
  },
)
