import { codeOf } from '@sessionkeep/contracts'
import { parseRows } from '../../../packages/tmux/src/rows.ts'
import { createStamps } from '../../../packages/tmux/src/stamp.ts'
import { keyOf } from '../../../packages/tmux/src/stamp-key.ts'
import { damaged, type Random, textFrom } from '../random.ts'
import { claim, type FuzzTarget } from '../target.ts'

const STAMPS = createStamps(keyOf('ab'.repeat(32)))

interface Input {
  readonly names: readonly string[]
  readonly output: string
  /** Whether the row of a session was damaged, so that its session must not be taken for gone. */
  readonly isDamaged: boolean
}

const MARK = '4fd1c0de'

function rowOf(random: Random, at: number, name: string): string {
  const facts = `100.1700000000 $${at} 1700000000 1700000100 0 0 1700000100 %${at} 0 ${1000 + at} ,,`
  const stamp = random.bool(0.3) ? damaged(random, `1:100.1700000000.$${at}:${textFrom(random)}`) : ''
  return [
    '',
    facts,
    stamp,
    random.bool(0.2) ? textFrom(random) : '',
    textFrom(random),
    '',
    name,
    textFrom(random),
    '',
  ].join(MARK)
}

function inputOf(random: Random): Input {
  const names = Array.from({ length: 1 + random.int(4) }, (_, at) => `s${at}${textFrom(random).slice(0, 20)}`)
  const rows = names.map((name, at) => rowOf(random, at, name))
  const isDamaged = random.bool(0.3)
  const hit = random.int(rows.length)
  const broken = rows.map((row, at) => {
    if (!isDamaged || at !== hit) return row
    const fields = row.split(MARK)
    const words = (fields[1] ?? '').split(' ')
    // Only facts that every row must have.
    words[random.pick([0, 1, 2, 3, 7])] = random.pick(['', '?', '\u0000'])
    fields[1] = words.join(' ')
    return fields.join(MARK)
  })
  return { names, output: `${broken.join('\n')}\n`, isDamaged }
}

/** Many sessions, every other one with a stamp. None may be compared with each other one. */
function manyRows(): string {
  const names = Array.from({ length: 1000 }, (_, at) => `s${at}`)
  const rows = names.map((sessionName, at) => {
    const facts = `100.1700000000 $${at} 1700000000 1700000100 0 0 1700000100 %${at} 0 ${1000 + at} ,,`
    const ids = { incarnation: `100.1700000000.$${at}`, pane: `%${at}` }
    const stamp = { ...ids, sessionName, pool: 'p', workspace: sessionName, createdAt: 1, takenIn: false }
    return ['', facts, at % 2 === 0 ? STAMPS.textOf(stamp) : '', '', '', '', sessionName, 'sh', ''].join(MARK)
  })
  return JSON.stringify({ names, output: `${rows.join('\n')}\n`, isDamaged: false } satisfies Input)
}

/** The parser of tmux's listing: each session is listed, or the whole listing is refused. */
export const rows: FuzzTarget = {
  name: 'rows',
  corpus: [manyRows()],
  input: (random) => JSON.stringify(inputOf(random)),
  check(input) {
    const { names, output, isDamaged } = JSON.parse(input) as Input
    let listed: ReturnType<typeof parseRows>
    try {
      listed = parseRows(output, MARK, STAMPS)
    } catch (error) {
      claim(codeOf(error) === 'HOST_UNAVAILABLE', `an error without the right code: ${String(error)}`)
      claim(isDamaged, 'a listing without damage was refused')
      return
    }
    claim(!isDamaged, 'a damaged row was left out, as if its session were gone')
    claim(
      JSON.stringify(listed.map(({ session }) => session.sessionName).sort()) === JSON.stringify([...names].sort()),
      'other sessions were listed than there are',
    )
    claim(
      listed.every(({ session }) => session.pool === undefined || session.workspace !== undefined),
      'a session has a pool and no workspace',
    )
  },
}
