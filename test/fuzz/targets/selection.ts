import { codeOf } from '@sessionkeep/contracts'
import { parseSelection } from '@sessionkeep/selection/internal'
import { hostileValue } from '../hostile.ts'
import { changedObject, jsonFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

/** The parser of what a program, or a person through it, asks to switch to. */
export const selection: FuzzTarget = {
  name: 'selection',
  corpus: ['"auto"', '""', '" "', 'null', '"!proxy"', '{"store":"!getter"}', '{"store":"memory","mirror":"!proxy"}'],
  input: (random) =>
    random.bool(0.7) ? changedObject(random, { store: 'memory', mirror: ['none'] }) : jsonFrom(random),
  check(input) {
    try {
      const parsed = parseSelection(hostileValue(input) as never)
      if (parsed === undefined) claim(JSON.parse(input) === 'auto', 'something else was taken for "auto"')
      else
        for (const choice of [parsed.store, ...parsed.mirror])
          claim(typeof choice !== 'string' || choice.trim() !== '', 'an empty name was taken for a store')
    } catch (error) {
      claim(codeOf(error) === 'CONFIG_INVALID', `an error without the right code: ${String(error)}`)
    }
  },
}
