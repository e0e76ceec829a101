import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSessionPool } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { fileStore } from '@sessionkeep/store-file'
import type { Fixture } from '../fixtures/fixture.ts'
import { quiet } from '../fixtures/pools.ts'
import { recordText, sampleRecord } from '../fixtures/record-text.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result, ratioBar } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const LIVING = 100
const YEAR_MS = 31_536_000_000

/** Measures the start of a pool among many records of sessions that have ended. */
export async function large(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  const plan = quick ? { rounds: 2, samples: 1, warmUp: 1 } : { rounds: 5, samples: 5, warmUp: 2 }
  const many = quick ? 3000 : 100_000
  const [few, all] = [await startAmong(fixture, LIVING), await startAmong(fixture, many)]
  const taken = await interleave([few, all], plan)
  const beside = ratio(taken(all.name, 'start'), taken(few.name, 'start'))
  return {
    title: `start() with ${LIVING} living sessions`,
    figures: [
      figure('us', few.name, taken(few.name, 'start')),
      figure('us', all.name, taken(all.name, 'start'), { ratio: beside, note: `of the start among ${LIVING}` }),
    ],
    bars: [ratioBar(`start among ${many} records beside ${LIVING}`, beside, 1.3)],
    notes: ['The rest of the records is read after the start; the pool is stopped before that has ended.'],
  }
}

async function startAmong(fixture: Fixture, count: number): Promise<Subject<'start'>> {
  const host = memoryHost()
  const directory = fixture.directory('large')
  const write = (workspace: string, fields: object) => {
    const text = recordText({ ...sampleRecord(workspace), ...fields })
    writeFileSync(join(directory, `claude-${workspace}.json`), text, { mode: 0o600 })
  }
  for (let at = 0; at < LIVING; at += 1) {
    const createdAt = Date.now()
    const stamp = { workspace: `w${at}`, pool: 'claude-', createdAt }
    const { incarnation } = await host.create(`claude-w${at}`, stamp)
    write(`w${at}`, { incarnation, createdAt })
  }
  const expiresAt = Date.now() + YEAR_MS
  for (let at = LIVING; at < count; at += 1)
    write(`o${at}`, { incarnation: `o.${at}`, expiresAt, ended: { at: Date.now(), cause: 'exited', exitCode: 0 } })
  return {
    name: `start among ${count} records`,
    async sample() {
      const pool = createSessionPool({
        ...{ host, logger: quiet, maxSessions: LIVING, history: { most: count } },
        metadata: { store: fileStore({ directory }) },
      })
      const start = await timed(() => pool.start())
      const stored = pool.listSessions().filter(({ origin }) => origin === 'stored').length
      await pool.stop()
      if (stored !== LIVING) throw new Error(`${stored} sessions of ${LIVING} were recovered`)
      return { start }
    },
  }
}
