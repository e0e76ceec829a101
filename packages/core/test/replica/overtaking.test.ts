import { expect, test } from 'vitest'
import { createOvertaking } from '../../src/replica/overtaking.ts'

const answer = (asOf: number, ...names: string[]) => ({
  ...{ store: { label: 's' }, complete: true, asOf, overtaken: new Set<string>() },
  copies: new Map(names.map((name) => [name, { kind: 'absent' } as const])),
})

test('an answer is overtaken where something was written since, and nowhere else', () => {
  const overtaking = createOvertaking()
  overtaking.written(['a'])
  const asOf = overtaking.now()
  overtaking.written(['b'])
  const { copies, overtaken } = overtaking.upToDate(answer(asOf, 'a', 'b', 'c'))
  expect([...copies.keys()]).toEqual(['a', 'c'])
  expect([...overtaken]).toEqual(['b'])
})

test('an answer from before what is remembered is overtaken whole, a later one is not', () => {
  const overtaking = createOvertaking(2)
  const early = overtaking.now()
  for (const name of ['a', 'b', 'c']) overtaking.written([name])
  expect(overtaking.upToDate(answer(early, 'd')).copies.size).toBe(0)
  expect([...overtaking.upToDate(answer(1, 'a', 'c')).copies.keys()]).toEqual(['a'])
})
