import { hostname } from 'node:os'
import { StoreError } from '@sessionkeep/contracts'
import { createQueue, FOR_TWO_WRITERS } from '@sessionkeep/store-kit'
import type { OpenDocument } from './open-document.ts'

/** The part of a document that a store writes. */
export interface Claim {
  readonly namespace: string | undefined
  /** Who writes. Without an owner, the claim excludes every other store of this namespace. */
  readonly owner: string | undefined
}

/** A document that several stores of this process use. */
export interface SharedDocument {
  readonly document: OpenDocument
  /** Closes the document when no store uses it any more. Calling it again succeeds. */
  release(): Promise<void>
}

interface Shared {
  readonly document: OpenDocument
  readonly claims: Set<Claim>
}

// The lock of the kernel would also exclude a second pool of this process, so the pools of a process share a
// document.
const open = new Map<string, Shared>()
const inTurn = createQueue()

/**
 * Returns the document under this key, and opens it if it is not open.
 *
 * @throws `STORE_LOCKED` when another store has this part of the document
 */
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
    `The document ${file} is in use by process ${process.pid} on ${hostname()}, this process, for ${whom}; it is free when that store is closed. ${FOR_TWO_WRITERS}`,
    { context: { file, owner, pid: process.pid, host: hostname() } },
  )
}
