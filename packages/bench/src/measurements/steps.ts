import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmuxHost } from '@sessionkeep/tmux'
import type { Fixture } from '../fixtures/fixture.ts'
import { type StoreName, startPool, stores } from '../fixtures/pools.ts'
import { openServer } from '../fixtures/tmux-server.ts'
import { interleave, type Subject, timed } from '../harness.ts'
import { figure, type Result } from '../report/result.ts'
import { ratio } from '../statistics.ts'
import type { Extent } from './measurement.ts'

const BARE = 'bare new-session'
const COMMAND = ['sleep', '3600']
const title = 'The steps of a create on a real tmux'

/** Measures a create step by step, from the start of any program to a durable session of a pool, so that it shows where the time goes. */
export async function steps(fixture: Fixture, { quick }: Extent): Promise<Omit<Result, 'name'>> {
  if (spawnSync('tmux', ['-V']).status !== 0)
    return { title, figures: [], bars: [], notes: ['Not measured: tmux is not installed.'] }
  const plan = quick ? { rounds: 1, samples: 5, warmUp: 1 } : { rounds: 5, samples: 20, warmUp: 3 }
  const subjects = [...bareSteps(openServer(fixture)), hostStep(openServer(fixture))]
  for (const name of ['none', 'file (power)'] as const) subjects.push(await poolStep(fixture, name))
  const taken = await interleave(subjects, plan)
  const bare = taken(BARE, 'step')
  const figures = subjects.map(({ name }) => {
    const times = taken(name, 'step')
    const role = name.startsWith('pool') || name.startsWith('host') ? 'us' : 'limit'
    return figure(role, name, times, { ratio: ratio(times, bare), note: 'of the bare one' })
  })
  return { title, figures, bars: [], notes: ['From the bare one on, each row includes the row above it.'] }
}

type Step = Subject<'step'>

const stepOf = (name: string, run: (count: number) => Promise<unknown>): Step => {
  let count = 0
  return {
    name,
    async sample() {
      count += 1
      return { step: await timed(() => run(count)) }
    },
  }
}

/** Runs a program to its end, and gives it an input. */
async function run(program: string, words: readonly string[], input = ''): Promise<void> {
  const child = spawn(program, words, { stdio: [input === '' ? 'ignore' : 'pipe', 'ignore', 'ignore'] })
  child.stdin?.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}

function bareSteps(socketPath: string): Step[] {
  const tmux = (words: readonly string[], input?: string) => run('tmux', ['-S', socketPath, ...words], input)
  return [
    stepOf('any program', () => run('/bin/true', [])),
    stepOf('a client of tmux that does nothing', () => tmux(['show-options', '-gv', 'status'])),
    stepOf(BARE, (count) => tmux(['new-session', '-d', '-s', `bare${count}`, ...COMMAND])),
    stepOf('the same through standard input', (count) =>
      tmux(['source-file', '-'], `new-session -d -s input${count} ${COMMAND.join(' ')}\n`),
    ),
    stepOf('and with sh before the command', (count) =>
      tmux(['source-file', '-'], `new-session -d -s sh${count} -- sh -c 'exec "$@"' sh ${COMMAND.join(' ')}\n`),
    ),
  ]
}

function hostStep(socketPath: string): Step {
  const host = tmuxHost({ socketPath })
  return stepOf('host.create()', (count) =>
    host.create(`host${count}`, { pool: 'p', workspace: `w${count}`, createdAt: Date.now(), command: COMMAND }),
  )
}

async function poolStep(fixture: Fixture, name: StoreName): Promise<Step> {
  const host = tmuxHost({ socketPath: openServer(fixture) })
  const pool = await startPool(fixture, stores[name](fixture), { host })
  return stepOf(`pool, ${name}`, (count) => pool.getOrCreateSession(`w${count}`, { command: COMMAND }))
}
