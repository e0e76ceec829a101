import { expect, it } from 'vitest'
import { readOptions } from '../src/options.ts'

it('readOptions() selects every measurement when none is named', () => {
  const { quick, only } = readOptions([])
  expect(quick).toBe(false)
  expect(only).toContain('activity')
  expect(only).toContain('peers')
})

it('readOptions() accepts several names, joined or repeated, in the order of the report', () => {
  expect(readOptions(['--only', 'save,create', '--only', 'activity']).only).toEqual(['activity', 'create', 'save'])
})

it('readOptions() refuses an unknown name, and lists the known ones', () => {
  expect(() => readOptions(['--only', 'creation'])).toThrow(/creation.*activity\|burst\|create/)
  expect(() => readOptions(['--fast'])).toThrow()
})
