import { expect, test } from 'vitest'
import { keptPlace, lastPlace, placeOf } from '../src/launch-place.ts'

const hide = (text: string) => text.replace('s3cret', '***')
const resumed = (place: object) => ({ record: { place } }) as unknown as Parameters<typeof lastPlace>[0]

test('a command that is not stored whole is shown, and never started', () => {
  const place = placeOf({ command: ['agent', 's3cret'], env: { KEY: 'value' } }, { cwd: '/srv' }, hide)
  expect(place).toEqual({ cwd: '/srv', command: ['agent', '***'], withheld: true, env: ['KEY'] })
  expect(lastPlace(resumed(place))).toEqual({ cwd: '/srv' })
  expect(placeOf({ command: 'x'.repeat(5000) }, {})).toEqual({ withheld: true })
})

test('a command that is stored whole is started again', () => {
  const place = placeOf({ command: 'vi notes' }, {}, hide)
  expect(place).toEqual({ command: 'vi notes' })
  expect(lastPlace(resumed(place))).toEqual({ command: 'vi notes' })
})

test('what is not stored stays noted until launch or a call gives another command', () => {
  const former = resumed({ command: ['***'], withheld: true, env: ['KEY'] })
  expect(keptPlace(former, {}, {})).toEqual({ command: ['***'], withheld: true, env: ['KEY'] })
  expect(keptPlace(former, { command: ['new'] }, {})).toEqual({ env: ['KEY'] })
  expect(keptPlace(former, {}, { command: ['new'] })).toEqual({ env: ['KEY'] })
})
