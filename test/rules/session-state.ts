import ts from 'typescript'
import type { RepositoryFile } from './repository-files.ts'
import { findInSyntax } from './syntax.ts'

/** The packages that know sessions and stores. */
const POOL = /^packages\/(core|replication)\/src\//
/** What a store is known by. */
const STORE = /\b(Replica|StoreRef|StoreKey|Member|MetadataStore)\b/
/** What a session is known by, as a key or inside of a further collection. */
const SESSION =
  /\b(Session|LivingSession|Subject|HostSession|SessionRef)\b|\b(Map|Set|WeakMap|WeakSet|ReadonlyMap|ReadonlySet)</
const COLLECTION = /^(Map|Set|WeakMap|WeakSet|ReadonlyMap|ReadonlySet)$/
/** The values of the type `Phase`, also in the plural. */
const PHASE = /^(creating|unready|live|living|ending|ended|orphans?|deleted|moved)$/
/** What is known of a session in a store is in its slot. */
const SLOTS = 'packages/replication/src/slots.ts'
/** The table of sessions may have an index for each way to find one. */
const TABLE = 'packages/core/src/sessions/session-table.ts'

/** Finds collections with an entry for each pair of a store and a session, outside of slots. */
export function storeAndSessionCollections(files: readonly RepositoryFile[]): string[] {
  const rest = files.filter(({ path }) => POOL.test(path) && path !== SLOTS)
  return rest.flatMap((file) =>
    findInSyntax(file, (node) => {
      const isCollection =
        (ts.isTypeReferenceNode(node) && COLLECTION.test(node.typeName.getText())) ||
        (ts.isNewExpression(node) && COLLECTION.test(node.expression.getText()))
      const types = isCollection ? (node.typeArguments ?? []).map((one) => one.getText()).join(', ') : ''
      return STORE.test(types) && SESSION.test(types) ? `a collection of ${types}` : undefined
    }),
  )
}

/** Finds the places that hold the phase of a session. There should be one: the property `phase` of the table's entries. */
export function phasePlaces(files: readonly RepositoryFile[]): string[] {
  const core = files.filter(({ path }) => path.startsWith('packages/core/src/'))
  return core.flatMap((file) =>
    findInSyntax(file, (node) => {
      if (ts.isPropertySignature(node)) {
        const isFixed = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) === true
        return !isFixed && (node.name.getText() === 'phase' || node.type?.getText() === 'Phase') ? 'a phase' : undefined
      }
      if (file.path === TABLE || !ts.isVariableDeclaration(node) || !PHASE.test(node.name.getText())) return undefined
      const { initializer } = node
      const isState =
        initializer && ts.isNewExpression(initializer) && COLLECTION.test(initializer.expression.getText())
      return isState ? `the collection ${node.name.getText()}` : undefined
    }),
  )
}
