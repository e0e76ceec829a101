import { memoryStore } from '@sessionkeep/contracts'
import { describe, expect, test } from 'vitest'
import { parseSelection } from '../src/parse-selection.ts'

describe('parseSelection()', () => {
  test('returns names, stores and pairs in one form', () => {
    const store = memoryStore()
    expect(parseSelection('file')).toEqual({ store: 'file', mirror: [] })
    expect(parseSelection(store)).toEqual({ store, mirror: [] })
    expect(parseSelection({ store: 'file' })).toEqual({ store: 'file', mirror: [] })
    expect(parseSelection({ store, mirror: ['file'] })).toEqual({ store, mirror: ['file'] })
  })

  test('returns undefined for auto', () => {
    expect(parseSelection('auto')).toBeUndefined()
  })

  test.each([
    undefined,
    null,
    3,
    '',
    ' ',
    {},
    [],
    ['file'],
    { store: '' },
    { store: 3 },
    { mirror: ['file'] },
    { store: 'file', mirror: 'keyv' },
    { store: 'file', mirror: [''] },
    { store: 'file', mirror: [null] },
    { getMany: 'not a function' },
  ])('throws CONFIG_INVALID for %j', (wrong) => {
    expect(() => parseSelection(wrong as never)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
