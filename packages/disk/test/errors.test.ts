import { expect, test } from 'vitest'
import { openError } from '../src/errors.ts'
import { toStoreError } from '../src/index.ts'

test.each([
  ['ENOSPC', /ENOSPC, the disk is full; make room/],
  ['EDQUOT', /EDQUOT, the quota .* is used up; raise it or make room/],
  ['EFBIG', /EFBIG, .* raise its limit \(ulimit -f\)/],
])('with %s, the error of open() and of later calls says that the store is full, and what to do', (code, message) => {
  const error = Object.assign(new Error(code), { code })
  const expected = { code: 'STORE_FULL', retryable: true, message: expect.stringMatching(message) }
  expect(toStoreError(error, { action: 'write /data/a.json' })).toMatchObject(expected)
  for (const readOnly of [false, true]) expect(openError(error, '/data', readOnly)).toMatchObject(expected)
})
