import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionPool } from '@sessionkeep/core'
import { type TmuxHost, tmuxHost } from '@sessionkeep/tmux'
import type { Fixture } from '../fixtures/fixture.ts'
import { startPool, stores } from '../fixtures/pools.ts'
import { callTmux, openServer } from '../fixtures/tmux-server.ts'
import { timed } from '../harness.ts'
import { figure, type Result, ratioBar, timeBar } from '../report/result.ts'
import { median, ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const SESSIONS = 50
/** How long the pool is measured while no session ends, ms. In that time the pool lists the sessions twice. */
const IDLE_MS = 10_000
/** The unit of the times in `/proc/PID/stat`, ms: it is the same on every Linux. */
const TICK_MS = 10
const SIGKILL = 9
/** The time after which the measurement fails, ms. */
const LONGEST_MS = 60_000

const title = `${SESSIONS} commands that end at once, and what it costs to wait for them`

/** Measures how soon a pool reports that sessions on a real tmux have ended, and the processor time while none ends. */
export async function ends(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  if (process.platform !== 'linux' || spawnSync('tmux', ['-V']).status !== 0) {
    return { title, figures: [], bars: [], notes: ['Not measured: this needs Linux and tmux.'] }
  }
  const socketPath = openServer(fixture)
  const host = tmuxHost({ socketPath, timeoutMs: 30_000 })
  const pool = await startPool(fixture, stores.none(), { host })
  const calls: number[][] = []
  const reported: number[][] = []
  const shares: number[] = []
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    await fill(pool)
    shares.push(await processorShare(socketPath, quick ? IDLE_MS / 5 : IDLE_MS))
    calls.push([await timed(() => callTmux(socketPath, 'list-sessions'))])
    reported.push(await endAll(pool, host))
  }
  const spread = { median: median(shares), low: Math.min(...shares), high: Math.max(...shares) }
  return {
    title,
    figures: [
      figure('limit', 'one listing of tmux', calls),
      figure('us', 'until an end is reported', reported, { ratio: ratio(reported, calls), note: 'of that listing' }),
      figure('us', 'processor time of a second without an end', [shares.map((share) => share * 1000)]),
    ],
    bars: [
      timeBar(`median until one of ${SESSIONS} ends is reported`, median(reported.flat()), 250),
      ratioBar('processor time without an end, of one core', spread, 0.01),
    ],
    notes: ['The processor time is that of the gateway, of its ended children and of the tmux server.'],
  }
}

async function fill(pool: SessionPool): Promise<void> {
  for (let at = 0; at < SESSIONS; at += 1) await pool.getOrCreateSession(`w${at}`, { command: ['sleep', '3600'] })
}

/** Ends every command at once. Resolves with the time until `session:gone` reported each of them, ms. */
async function endAll(pool: SessionPool, host: TmuxHost): Promise<number[]> {
  const pids = (await host.list()).flatMap(({ pid, pool: of }) => (of !== undefined && pid !== undefined ? [pid] : []))
  if (pids.length !== SESSIONS) throw new Error(`${pids.length} processes of ${SESSIONS} sessions were found`)
  const times: number[] = []
  const began = performance.now()
  const all = new Promise<void>((resolve, reject) => {
    // The timer also keeps the process alive, which a pool at rest does not.
    const timer = setTimeout(() => reject(new Error(`${times.length} of ${SESSIONS} ends were reported`)), LONGEST_MS)
    const stop = pool.on('session:gone', ({ session }) => {
      times.push(performance.now() - began)
      if (session.ended?.signal !== SIGKILL) reject(new Error(`${session.workspace} was reported without its signal`))
      if (pool.getSession(session.workspace)) reject(new Error(`${session.workspace} is still handed out`))
      if (times.length < SESSIONS) return
      clearTimeout(timer)
      stop()
      resolve()
    })
  })
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await all
  return times
}

/** The processor time that a pool at rest and its server take, as a share of one core. */
async function processorShare(socketPath: string, idleMs: number): Promise<number> {
  const server = callTmux(socketPath, 'display-message', '-p', '#{pid}').trim()
  const used = () => processorMs('self') + processorMs(server)
  const before = used()
  const began = performance.now()
  await sleep(idleMs)
  return (used() - before) / (performance.now() - began)
}

/** The processor time of a process and of its ended children, ms. */
function processorMs(pid: string): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program, which may contain spaces, ends at the last bracket. The four times begin at the 14th field.
  const times = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
  return times.reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0)
}
