import { doEach, rejectFailed } from '@sessionkeep/store-kit'
import type { HostContext } from '../host-context.ts'
import { newMark } from '../mark.ts'
import { ask, type Row } from './ask.ts'
import { noSession, notTaken } from './errors.ts'
import { recordOption } from './option-name.ts'
import { HEAD_LENGTH, headOf, parseValue, valueFormat } from './record-value.ts'
import { setLine } from './script.ts'
import { targetsOf } from './targets.ts'

/** The server, and the namespace of the pool's records in it. */
export interface Place {
  readonly context: HostContext
  readonly namespace: string | undefined
}

/** Whether a row's value is its own, and not a global option's or a copy from another session. */
const isOwn = ({ value, incarnation }: Row): boolean =>
  value !== '' && (headOf(value)?.incarnation ?? incarnation) === incarnation

export async function readRecords({ context, namespace }: Place, names: readonly string[], signal: AbortSignal) {
  const wanted = new Set(names)
  const rows = await ask(context, { value: `#{${recordOption(namespace)}}`, names, signal })
  const values = new Map(rows.filter(isOwn).map(({ sessionName, value }) => [sessionName, value]))
  const there = [...wanted].filter((name) => values.has(name))
  const { done, failed } = doEach(there, (name) => parseValue(values.get(name) ?? '', name))
  rejectFailed(failed, done)
  return done
}

export async function namesOfRecords({ context, namespace }: Place, signal: AbortSignal): Promise<string[]> {
  const value = `#{=${HEAD_LENGTH}:${recordOption(namespace)}}`
  const rows = await ask(context, { value, signal })
  return rows.filter(isOwn).map(({ sessionName }) => sessionName)
}

/** Writes the records, and learns from the same call which sessions have theirs. */
export async function writeRecords(
  { context, namespace }: Place,
  records: ReadonlyMap<string, unknown>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<void> {
  const option = recordOption(namespace)
  const mark = newMark()
  const { done: values, failed } = doEach(records.keys(), (name) =>
    valueFormat(name, records.get(name), mark, maxBytes),
  )
  const names = [...values.keys()]
  const targets = await targetsOf(context, names, signal)
  const commands = [...targets].map(([name, target]) =>
    setLine(target, option, values.get(name) ?? '', incarnationOf(records.get(name))),
  )
  const rows =
    commands.length === 0 ? [] : await ask(context, { commands, value: `#{=${HEAD_LENGTH}:${option}}`, names, signal })
  const live = new Map(rows.map((row) => [row.sessionName, row]))
  for (const name of names) {
    const row = live.get(name)
    if (row && headOf(row.value)?.mark === mark) continue
    if (row && !isMisplaced(records.get(name), row)) failed.set(name, notTaken(name))
    // A record of a session that has ended needs not be kept: `liveOnly` declares that.
    else if (!hasEnded(records.get(name))) failed.set(name, noSession(name))
  }
  rejectFailed(failed)
}

const fieldOf = (record: unknown, field: string): unknown =>
  typeof record === 'object' && record !== null ? (record as Readonly<Record<string, unknown>>)[field] : undefined

function incarnationOf(record: unknown): string | undefined {
  const incarnation = fieldOf(record, 'incarnation')
  return typeof incarnation === 'string' ? incarnation : undefined
}

const hasEnded = (record: unknown): boolean => fieldOf(record, 'expiresAt') !== undefined
const isMisplaced = (record: unknown, { incarnation }: Row): boolean =>
  incarnationOf(record) !== undefined && incarnationOf(record) !== incarnation
