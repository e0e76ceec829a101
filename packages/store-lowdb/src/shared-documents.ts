import { hostname } from 'node:os'
import { StoreError } from '@sessionkeep/core'
import type { OpenDocument } from './open-document.ts'

/** Who writes in which part of a document. */
export interface Claim {
  readonly namespace: string | undefined
  /** Undefined: for everybody. */
  readonly owner: string | undefined
}

/** A document that several stores of this process use. */
export interface SharedDocument {
  readonly document: OpenDocument
  /** Closes it once nobody uses it; releasing twice succeeds. */
  release(): Promise<void>
}

interface Shared {
  readonly document: OpenDocument
  readonly claims: Set<Claim>
}

// The kernel's lock keeps other processes out, and would keep a second pool of this one out too: so those share.
const open = new Map<string, Shared>()
const turns = new Map<string, Promise<unknown>>()

/** The document under this key, opened unless it is. Rejects with `STORE_LOCKED` when the claim is taken. */
export function shareDocument(
  key: string,
  file: string,
  claim: Claim,
  opening: () => Promise<OpenDocument>,
): Promise<SharedDocument> {
  return inTurn(key, async () => {
    const there = open.get(key)
    const shared = there && !there.document.isLost() ? there : { document: await opening(), claims: new Set<Claim>() }
    for (const other of shared.claims) {
      if (excludes(other, claim)) throw locked(file, other)
    }
    open.set(key, shared)
    shared.claims.add(claim)
    return { document: shared.document, release: () => inTurn(key, () => release(key, shared, claim)) }
  })
}

async function release(key: string, shared: Shared, claim: Claim): Promise<void> {
  if (!shared.claims.delete(claim) || shared.claims.size > 0) return
  if (open.get(key) === shared) open.delete(key)
  await shared.document.close()
}

/** Opening and closing wait for each other. */
function inTurn<T>(key: string, task: () => Promise<T>): Promise<T> {
  const next = (turns.get(key) ?? Promise.resolve()).then(task)
  const settled = next.then(
    () => undefined,
    () => undefined,
  )
  turns.set(key, settled)
  void settled.then(() => turns.get(key) === settled && turns.delete(key))
  return next
}

function excludes(one: Claim, other: Claim): boolean {
  if (one.namespace !== other.namespace) return false
  return one.owner === undefined || other.owner === undefined || one.owner === other.owner
}

function locked(file: string, { owner }: Claim): StoreError {
  const whom = owner === undefined ? 'everybody' : JSON.stringify(owner)
  return new StoreError(
    'STORE_LOCKED',
    `The document ${file} is being written by process ${process.pid} on ${hostname()}, this one, for ${whom}; it is free when that store is closed.`,
    { context: { file, owner, pid: process.pid, host: hostname() } },
  )
}
