import type { EndCause } from '@sessionkeep/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makePlan, type PlanInput, type ResolvedResume, resumeOptions } from '../src/index.ts'
import { obstacleOf } from '../src/plan.ts'
import { ended } from './support/ended.ts'

const optionsOf = (given: object = {}) => resumeOptions().parse(given) as unknown as ResolvedResume
const inputOf = (given: Partial<PlanInput> = {}): PlanInput => ({
  options: optionsOf(),
  now: 10_000,
  free: 50,
  living: () => [],
  mayGive: { env: true, command: true },
  unreadBy: () => undefined,
  takenBy: () => undefined,
  hasDirectory: undefined,
  survivorOf: () => undefined,
  ...given,
})
const whys = (steps: ReadonlyArray<{ workspace: string; why?: unknown }>) =>
  Object.fromEntries(steps.map(({ workspace, why }) => [workspace, why]))

describe('a plan', () => {
  test('has what was lost, the one that was used last first, and offers the rest', async () => {
    const causes = ['boot', 'server', 'exited', 'killed', 'idle'] as const
    const all = causes.map((cause, at) => ended(cause, { cause, lastActivityAt: 1000 + at }))
    const { resume, offered, blocked } = await makePlan(all, inputOf())
    expect(resume.map(({ workspace }) => workspace)).toEqual(['server', 'boot'])
    expect(whys(offered)).toEqual({ exited: 'exited', killed: 'killed', idle: 'idle' })
    expect(blocked).toEqual([])
  })

  test('has crashed sessions if the options say so, and never one that exited with 0', async () => {
    const input = inputOf({ options: optionsOf({ crashed: true }) })
    const all = [ended('crash', { cause: 'exited', exitCode: 1 }), ended('done', { cause: 'exited', exitCode: 0 })]
    const { resume, offered } = await makePlan(all, input)
    expect([resume.map(({ workspace }) => workspace), whys(offered)]).toEqual([['crash'], { done: 'exited' }])
  })

  test('says why a session cannot come back', async () => {
    const input = inputOf({
      mayGive: { env: false, command: false },
      living: () => [{ workspace: 'other', attributes: { id: 'k' } }],
      takenBy: (workspace) => (workspace === 'unstamped' ? 'unstamped' : undefined),
      unreadBy: (workspace) => (workspace === 'unread' ? 'file' : undefined),
      hasDirectory: async (path) => path !== '/gone',
      survivorOf: ({ workspace }) => (workspace === 'survivor' ? 'pid 42' : undefined),
      options: optionsOf({
        keys: ({ attributes }: { attributes?: { id?: string } }) => (attributes?.id ? [attributes.id] : []),
        check: ({ workspace }: { workspace: string }) => (workspace === 'check' ? { skip: 'no transcript' } : 'ok'),
      }),
    })
    const tries = { count: 2, lastAt: 9000, nextAt: 11_000 }
    const all = [
      ended('unstamped'),
      ended('unread'),
      ended('backing-off', { tries }),
      ended('parked', { tries: { ...tries, nextAt: 0, parked: true } }),
      ended('env', { place: { env: ['KEY'] } }),
      ended('survivor'),
      ended('cwd', { place: { cwd: '/gone' } }),
      ended('check'),
      ended('key', { attributes: { id: 'k' } }),
    ]
    const { resume, blocked } = await makePlan(all, input)
    expect(resume).toEqual([])
    expect(whys(blocked)).toEqual(
      Object.fromEntries(all.map(({ workspace }) => [workspace, workspace === 'unread' ? 'unverified' : workspace])),
    )
  })

  test('takes a check that fails, and keys that fail, for a no', async () => {
    const fail = () => {
      throw new Error('no disk')
    }
    const living = () => [{ workspace: 'other' }]
    for (const hook of ['check', 'keys']) {
      const { resume, blocked } = await makePlan(
        [ended('a')],
        inputOf({ options: optionsOf({ [hook]: fail }), living }),
      )
      expect([resume, blocked.map(({ detail }) => detail)]).toEqual([[], [expect.stringContaining('no disk')]])
    }
  })

  test('leaves out what is too old, and a person may bring it back', async () => {
    const old = ended('old', { lastActivityAt: 0, createdAt: 0 })
    const input = inputOf({ options: optionsOf({ maxAgeMs: 5000 }) })
    expect(whys((await makePlan([old], input)).offered)).toEqual({ old: 'too-old' })
    expect(await obstacleOf(old, input, 'person')).toBeUndefined()
  })

  test('a person may bring back what is parked, and a request may not', async () => {
    const one = ended('a', { tries: { count: 5, lastAt: 1, nextAt: 2, parked: true } })
    expect(await obstacleOf(one, inputOf(), 'person')).toBeUndefined()
    expect(await obstacleOf(one, inputOf(), 'request')).toMatchObject({ why: 'parked' })
  })
})

test('a plan never has two sessions with one key, never more than fit, and each session once', async () => {
  const cause = fc.constantFrom<EndCause>('boot', 'server', 'exited', 'killed', 'idle')
  const one = fc.record({ cause, key: fc.nat(3), lastActivityAt: fc.nat(9000), exitCode: fc.nat(1) })
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 12 }), fc.nat(4), fc.boolean(), async (all, free, crashed) => {
      const sessions = all.map(({ key, ...rest }, at) => ended(`w${at}`, { ...rest, attributes: { key } }))
      const keys = ({ attributes }: { attributes?: { key?: number } }) => [`k${attributes?.key}`]
      const plan = await makePlan(sessions, inputOf({ free, options: optionsOf({ crashed, keys }) }))
      const lists = [plan.resume, plan.offered, plan.blocked]
      expect(lists.flatMap((list) => list.map(({ workspace }) => workspace)).sort()).toEqual(
        sessions.map(({ workspace }) => workspace).sort(),
      )
      const used = plan.resume.map(({ attributes }) => (attributes as { key: number }).key)
      expect(new Set(used).size).toBe(used.length)
      expect(plan.resume.length).toBeLessThanOrEqual(free)
      for (const step of plan.resume) {
        const isCrash = crashed && step.cause === 'exited' && step.exitCode !== 0
        expect(isCrash || ['boot', 'server'].includes(step.cause)).toBe(true)
      }
    }),
  )
})
