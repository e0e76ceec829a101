import { expect, it } from 'vitest'
import { readOptions } from '../src/options.ts'

it('readOptions() takes every measurement where none is named', () => {
  const { quick, only } = readOptions([])
  expect(quick).toBe(false)
  expect(only).toContain('activity')
  expect(only).toContain('peers')
})

it('readOptions() takes several, joined or repeated, in the order of the report', () => {
  expect(readOptions(['--only', 'save,create', '--only', 'activity']).only).toEqual(['activity', 'create', 'save'])
})

it('readOptions() refuses what it does not know, and says what there is', () => {
  expect(() => readOptions(['--only', 'creation'])).toThrow(/creation.*activity\|burst\|create/)
  expect(() => readOptions(['--fast'])).toThrow()
})
