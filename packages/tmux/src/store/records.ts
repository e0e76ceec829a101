import { doEach, rejectFailed, unreadableRecord } from '@sessionkeep/store-kit'
import type { HostContext } from '../host-context.ts'
import { parseIncarnation } from '../incarnation.ts'
import { newMark } from '../mark.ts'
import { ask, type Row } from './ask.ts'
import { noSession, notTaken } from './errors.ts'
import { recordOption } from './option-name.ts'
import { HEAD_LENGTH, headOf, parseValue, valueFormat } from './record-value.ts'
import { setLine } from './script.ts'
import { targetsOf } from './targets.ts'

/** The server and the namespace that a store uses. */
export interface StoreScope {
  readonly context: HostContext
  readonly namespace: string | undefined
}

/**
 * Whether the value belongs to this session. It does not when it is a global option, or was copied from another
 * session.
 */
const isOwn = ({ value, incarnation }: Row): boolean =>
  value !== '' && (headOf(value)?.incarnation ?? incarnation) === incarnation

/** Reads the records of these names; see `getMany` of the contract. */
export async function readRecords({ context, namespace }: StoreScope, names: readonly string[], signal: AbortSignal) {
  const wanted = new Set(names)
  const rows = await ask(context, { value: `#{${recordOption(namespace)}}`, names, signal })
  const own = new Map(rows.filter(isOwn).map((row) => [row.sessionName, row]))
  const { done, failed } = doEach(
    [...wanted].filter((name) => own.has(name)),
    (name) => {
      const { value = '', incarnation = '' } = own.get(name) ?? {}
      const record = parseValue(value, name)
      if (isOfAnother(record, incarnation)) throw unreadableRecord(name, 'it is the record of another session')
      return record
    },
  )
  rejectFailed(failed, done)
  return done
}

/** The names of all sessions that hold a record. */
export async function namesOfRecords({ context, namespace }: StoreScope, signal: AbortSignal): Promise<string[]> {
  const value = `#{=${HEAD_LENGTH}:${recordOption(namespace)}}`
  const rows = await ask(context, { value, signal })
  return rows.filter(isOwn).map(({ sessionName }) => sessionName)
}

/** Writes the records and checks in the same call which sessions have stored theirs. */
export async function writeRecords(
  { context, namespace }: StoreScope,
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
    // The record of an ended session need not be stored, as the capability `liveOnly` states.
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

/** Whether a record names another session of this server. The programs in a session can write its options. */
function isOfAnother(record: unknown, incarnation: string): boolean {
  const named = parseIncarnation(incarnationOf(record) ?? '')
  const own = parseIncarnation(incarnation)
  return named !== undefined && named.server === own?.server && named.id !== own.id
}

const hasEnded = (record: unknown): boolean => fieldOf(record, 'expiresAt') !== undefined
const isMisplaced = (record: unknown, { incarnation }: Row): boolean =>
  incarnationOf(record) !== undefined && incarnationOf(record) !== incarnation
