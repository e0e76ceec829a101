import { deepStrictEqual } from 'node:assert/strict'
import type { StoreAnswer, StoreRef } from '@sessionkeep/replication'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deepFreeze, storedRecord } from '../../../contracts/test/record/arbitraries.ts'
import { sharedCases } from '../../../contracts/test/record/shared-cases.ts'
import { reconcile } from '../../src/discovery/reconcile.ts'
import type { KnownSession, ReconcileInput } from '../../src/discovery/reconcile-types.ts'
import type { HostSession } from '../../src/host.ts'
import type { Copy } from '../../src/store.ts'

const POOL = 'ours-'
const NAMES = ['ours-a', 'ours-b', 'ours-c', 'theirs-a', 'x']
const INCARNATIONS = ['i1', 'i2', 'i3', 'i4', 'i5']
/** Two stores with the same label. */
const STORES: StoreRef[] = [{ label: 'file' }, { label: 'file' }]

const session = (sessionName: string): fc.Arbitrary<HostSession> =>
  fc.record(
    {
      sessionName: fc.constant(sessionName),
      createdAt: fc.nat(3),
      exited: fc.boolean(),
      pool: fc.constantFrom(POOL, 'another'),
      workspace: fc.constantFrom('a', 'b', 'c'),
    },
    { requiredKeys: ['sessionName'] },
  )

/** Sessions of different names and incarnations, as a host lists them. A host has incarnations for all sessions or for none. */
const live = fc
  .tuple(
    fc.shuffledSubarray(NAMES),
    fc.shuffledSubarray(INCARNATIONS, { minLength: INCARNATIONS.length }),
    fc.boolean(),
  )
  .chain(([names, incarnations, told]) =>
    fc.tuple(
      ...names.map((name, at) => session(name).map((one) => (told ? { ...one, incarnation: incarnations[at] } : one))),
    ),
  )

const copy = (name: string): fc.Arbitrary<Copy> =>
  fc.oneof(
    fc.constant<Copy>({ kind: 'absent' }),
    fc.constant<Copy>({ kind: 'unreadable', reason: 'torn' }),
    fc.constant<Copy>({ kind: 'newer', schemaVersion: 2 }),
    fc.constant<Copy>({ kind: 'foreign', pool: 'another' }),
    fc.tuple(storedRecord, fc.constantFrom('a', 'b', 'c'), fc.constantFrom(undefined, ...INCARNATIONS)).map(
      ([{ incarnation: _, ...record }, workspace, incarnation]): Copy => ({
        kind: 'found',
        record: { ...record, sessionName: name, workspace, ...(incarnation === undefined ? {} : { incarnation }) },
      }),
    ),
  )

const answer = (store: StoreRef): fc.Arbitrary<StoreAnswer> =>
  fc
    .tuple(
      fc
        .subarray(NAMES)
        .chain((names) => fc.tuple(...names.map((name) => copy(name).map((one) => [name, one] as const)))),
      fc.boolean(),
    )
    .map(([copies, complete]) => ({ store, complete, copies: new Map(copies), asOf: 0, stale: new Set() }))

const input: fc.Arbitrary<ReconcileInput> = live
  .chain((sessions) =>
    fc.tuple(
      fc.constant(sessions),
      fc.shuffledSubarray(sessions),
      fc.array(
        session('ours-c').map((one) => ({ ...one, incarnation: 'i9' })),
        { maxLength: 1 },
      ),
      fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 5 }),
      fc.subarray(STORES),
      fc.subarray(STORES).chain((stores) => fc.tuple(...stores.map(answer))),
      fc.boolean(),
    ),
  )
  .map(([sessions, remembered, ended, workspaces, readFrom, answers, isTakenIn]) => {
    const mine = [...remembered.filter(({ pool }) => pool !== 'another'), ...ended]
    const known: KnownSession[] = mine.map((one, at) => ({
      workspace: workspaces[at % 5] ?? 'a',
      session: one,
      readFrom: new Set(readFrom),
    }))
    return deepFreeze({
      live: sessions,
      known: known.filter(({ workspace }, at) => known.findIndex((other) => other.workspace === workspace) === at),
      answers,
      stores: STORES,
      pool: POOL,
      decode: (name: string) => (name.startsWith(POOL) ? name.slice(POOL.length) : undefined),
      encode: (workspace: string) => POOL + workspace,
      takeIn: () => isTakenIn,
    })
  })

const always = sharedCases(input, 2000)

test('reconcile does not change its input, and returns the same result twice', () =>
  always(async (given) => {
    deepStrictEqual(await reconcile(given), await reconcile(given))
  }))

test('each living session is in exactly one category, and each known session is found or gone', () =>
  always(async (given) => {
    const { findings, foreign, conflicts, exited, gone } = await reconcile(given)
    const named = [
      ...findings.map((finding) => finding.session.sessionName),
      ...foreign,
      ...conflicts,
      ...exited.map(({ sessionName }) => sessionName),
    ]
    expect(named.toSorted()).toEqual(given.live.map(({ sessionName }) => sessionName).toSorted())
    const known = [...findings.flatMap((finding) => finding.known ?? []), ...gone]
    expect(known.map(({ workspace }) => workspace).toSorted()).toEqual(
      given.known.map(({ workspace }) => workspace).toSorted(),
    )
  }))

test('no two findings have the same workspace', () =>
  always(async (given) => {
    const workspaces = (await reconcile(given)).findings.map(({ workspace }) => workspace)
    expect(new Set(workspaces).size).toBe(workspaces.length)
  }))

test('a session belongs to the pool by its stamp or its name; only the stamp proves it, a record does not', () =>
  always(async (given) => {
    for (const { session: one, known, copies, proven, workspace } of (await reconcile(given)).findings) {
      expect(one.pool === undefined || one.pool === POOL).toBe(true)
      const isClaimed = given.decode(one.sessionName) === workspace && (copies.length > 0 || given.takeIn(one))
      expect(known !== undefined || one.pool === POOL || isClaimed).toBe(true)
      expect(proven).toBe(one.pool === POOL)
      for (const record of copies) expect(record.workspace).toBe(workspace)
    }
  }))

test('while a store has not answered for a session, it is neither adopted nor recreated', () =>
  always(async (given) => {
    for (const { session: one, known, outcome } of (await reconcile(given)).findings) {
      const silent = given.stores.filter(
        (store) =>
          !known?.readFrom.has(store) &&
          !given.answers.some((said) => said.store === store && said.copies.has(one.sessionName)),
      )
      const newer = given.answers.some(({ copies }) => copies.get(one.sessionName)?.kind === 'newer')
      if (silent.length > 0 || newer) expect(['recovered', 'unverified']).toContain(outcome)
      else expect(outcome).not.toBe('unverified')
    }
  }))

test('no session gets the record of another incarnation, and a session is recovered if and only if it has a record', () =>
  always(async (given) => {
    for (const { session: one, copies, outcome } of (await reconcile(given)).findings) {
      for (const { incarnation, sessionName } of copies) {
        if (incarnation !== undefined && one.incarnation !== undefined) expect(incarnation).toBe(one.incarnation)
        else expect(sessionName).toBe(one.sessionName)
      }
      expect(outcome === 'recovered').toBe(copies.length > 0)
    }
  }))

test('a record is an orphan only if no living session has its name or its incarnation', () =>
  always(async (given) => {
    const { orphans, findings } = await reconcile(given)
    const living = given.live.filter(({ exited }) => !exited)
    for (const { sessionName, copies, stores } of orphans) {
      expect(living.map((one) => one.sessionName)).not.toContain(sessionName)
      expect(copies.length).toBe(stores.length)
      for (const { incarnation } of copies)
        if (incarnation !== undefined && findings.length > 0)
          expect(findings.map(({ session: one }) => one.incarnation)).not.toContain(incarnation)
    }
  }))
