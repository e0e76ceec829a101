import { abortClauses } from './clauses/aborts.ts'
import { aliasClauses } from './clauses/aliasing.ts'
import { capabilityClauses } from './clauses/capabilities.ts'
import { contentionClauses } from './clauses/contention.ts'
import { deleteClauses } from './clauses/deletes.ts'
import { failureClauses } from './clauses/failures.ts'
import { leakClauses } from './clauses/leaks.ts'
import { lifeCycleClauses } from './clauses/life-cycle.ts'
import { listClauses } from './clauses/listing.ts'
import { nameClauses } from './clauses/names.ts'
import { namespaceClauses } from './clauses/namespaces.ts'
import { processClauses } from './clauses/processes.ts'
import { recordClauses } from './clauses/records.ts'
import { stallClauses } from './clauses/stalls.ts'
import type { StoreClause } from './store-clause.ts'

export const storeClauses: readonly StoreClause[] = [
  ...capabilityClauses,
  ...recordClauses,
  ...nameClauses,
  ...deleteClauses,
  ...listClauses,
  ...aliasClauses,
  ...contentionClauses,
  ...namespaceClauses,
  ...lifeCycleClauses,
  ...abortClauses,
  ...leakClauses,
  ...stallClauses,
  ...processClauses,
  ...failureClauses,
]
