import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { NEVER_ABORTED } from '@sessionkeep/disk'
import { expect, test } from 'vitest'
import { always } from '../../../disk/test/support/fixture.ts'
import { openedStore } from '../support/fixture.ts'
import { bareJournal } from './bare-journal.ts'
import { unorderedDisk } from './unordered-disk.ts'

const CUTS = 30
const SIZES = [1, 3, 20, 40, 110]

const oneOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)] as T

test('after power cuts at random on a disk that writes in any order, each record is the last acknowledged one or a later one', async () => {
  const disk = await unorderedDisk()
  const { journal, names } = await bareJournal(disk.directory)
  /** What each name may have after a cut: what was acknowledged last, and what was written since. */
  const allowed = new Map<string, Array<string | null>>(names.map((name) => [name, [null]]))
  let count = 0
  const write = async (): Promise<void> => {
    const [size, from, share] = [oneOf(SIZES), Math.floor(Math.random() * names.length), oneOf([0.05, 0.05, 0.7])]
    const changes = Array.from({ length: size }, (_, at) => {
      count += 1
      const name = names[(from + at) % names.length] ?? ''
      // What a record had before may come back, so that both lines and files have it twice.
      return { name, text: Math.random() < share ? null : JSON.stringify({ n: oneOf([count, 0, 1]) }) }
    })
    for (const { name, text } of changes) allowed.get(name)?.push(text)
    expect(await journal.write(changes, NEVER_ABORTED)).toEqual(new Map())
    for (const { name, text } of changes) allowed.set(name, [text])
  }
  const cuts: Array<{ readonly left: string; readonly might: ReadonlyMap<string, readonly unknown[]> }> = []
  const until = async (work: () => Promise<unknown>): Promise<void> => {
    while (cuts.length < CUTS) await work()
  }
  await Promise.all([
    until(write),
    until(() => sleep(Math.random() * 20).then(journal.bringUpToDate)),
    until(async () => {
      await sleep(20 + Math.random() * 120)
      cuts.push({ left: disk.cut(), might: new Map([...allowed].map(([name, texts]) => [name, [...texts]])) })
    }),
  ])
  await journal.close()
  disk.restore()
  for (const { left, might } of cuts) {
    const store = await openedStore(left, { readOnly: true })
    const found = await store.getMany(names, always)
    const wrong = names.flatMap((name) => {
      const text = found.has(name) ? JSON.stringify(found.get(name)) : null
      return might.get(name)?.includes(text) ? [] : [{ name, text, allowed: might.get(name) }]
    })
    expect(wrong).toEqual([])
    rmSync(left, { recursive: true })
  }
})
