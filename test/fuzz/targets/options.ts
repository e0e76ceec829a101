import { codeOf } from '@sessionkeep/contracts'
import { headOf, parseValue, valueFormat } from '../../../packages/tmux/src/store/record-value.ts'
import { damaged, textFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'
import { validRecord } from './record.ts'

const written = (): string =>
  valueFormat('s', validRecord, '7-7', 1_000_000).replace('#{pid}.#{start_time}.#{session_id}', '100.1700000000.$1')

/** The parser of the record in an option of a session, which every program in that session can write. */
export const options: FuzzTarget = {
  name: 'options',
  corpus: [written(), `${written()}${'\n'.repeat(200_000)}`, '\n'.repeat(1_000_000), ':'.repeat(200_000)],
  input: (random) => (random.bool(0.9) ? damaged(random, written()) : textFrom(random).repeat(1 + random.int(2000))),
  check(input) {
    headOf(input)
    try {
      parseValue(input, 's')
    } catch (error) {
      claim(codeOf(error) === 'STORE_RECORD_UNREADABLE', `an error without the right code: ${String(error)}`)
    }
  },
}
