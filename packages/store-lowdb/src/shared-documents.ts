import { hostname } from 'node:os'
import { StoreError } from '@sessionkeep/core/store'
import { createQueue } from '@sessionkeep/store-kit'
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

// The kernel's lock would keep a second pool of this process out too, so the pools of a process share a document.
const open = new Map<string, Shared>()
const inTurn = createQueue()

/** The document under this key, opened unless it is. Rejects with `STORE_LOCKED` when the claim is taken. */
export function shareDocument(
  key: string,
  file: string,
  claim: Claim,
  opening: () => Promise<OpenDocument>,
): Promise<SharedDocument> {
  return inTurn(async () => {
    const there = open.get(key)
    const shared = there && !there.document.isLost() ? there : { document: await opening(), claims: new Set<Claim>() }
    for (const other of shared.claims) {
      if (excludes(other, claim)) throw locked(file, other)
    }
    open.set(key, shared)
    shared.claims.add(claim)
    return { document: shared.document, release: () => inTurn(() => release(key, shared, claim), key) }
  }, key)
}

async function release(key: string, shared: Shared, claim: Claim): Promise<void> {
  if (!shared.claims.delete(claim) || shared.claims.size > 0) return
  if (open.get(key) === shared) open.delete(key)
  await shared.document.close()
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
