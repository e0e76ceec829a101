(globalThis as any).TR = (w: any, t: string) => w.trace?.(t)
import { expect, test } from 'vitest'
import { runHistories } from '../src/history/run-histories.ts'
import { soundStore } from './support/sound-store.ts'

const kind = { capabilities: { durability: 'process', retains: true, shared: false }, create: soundStore } as never
test('again', async () => {
  const found = new Map<string, number>()
  for (let round = 0; round < Number(process.env.ROUNDS ?? 20); round += 1) {
    const all = await Promise.all(
      Array.from({ length: 14 }, () =>
        runHistories({
          stores: [kind, kind],
          runs: 1,
          seed: Number(process.env.SEED),
          path: process.env.HPATH,
          shrinkMs: 0,
          lanes: 1,
        } as never),
      ),
    )
    for (const one of all)
      if (one) {
        if (found.size === 0) console.log(one)
        found.set(one.split('\n')[0]!, (found.get(one.split('\n')[0]!) ?? 0) + 1)
      }
  }
  console.log(found)
  expect(found.size).toBe(0)
}, 600_000)
