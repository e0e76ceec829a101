import { relative } from 'node:path'
import { publicEntries } from './scripts/lib/packages.mjs'
import { root } from './scripts/lib/root.mjs'

// The entries `internal`, and the packages replication and resume, are for packages of this repository alone.
const OURS = ['@sessionkeep/replication', '@sessionkeep/resume']
const entries = publicEntries().filter(({ entry, package: owner }) => entry !== './internal' && !OURS.includes(owner))
const names = new Map(entries.map(({ source, name }) => [source, name]))

/** Names each module as it is imported; typedoc would name it by its file. */
const nameModules = ({ converter }) => {
  converter.on('createDeclaration', (_context, reflection) => {
    if (reflection.parent?.isProject())
      reflection.name = names.get(reflection.sources?.[0]?.fileName) ?? reflection.name
  })
}

/**
 * The API reference: `npm run api:docs` writes it to build/api, and fails on a link that leads nowhere or an export
 * without a summary. `npm test` runs it, too.
 *
 * @type {Partial<import('typedoc').TypeDocOptions & { internalModule: string; includeDocCommentReferences: boolean }>}
 */
export default {
  name: 'sessionkeep',
  readme: 'none',
  entryPoints: entries.map(({ source }) => relative(root, source)),
  tsconfig: 'tsconfig.json',
  // A separate step of `npm test` checks the types.
  skipErrorChecking: true,
  // What exports refer to, in types or comments, and is not exported itself gets a page in this module.
  plugin: ['typedoc-plugin-missing-exports', nameModules],
  internalModule: 'Not exported',
  includeDocCommentReferences: true,
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: 'https://github.com/sessionkeep/sessionkeep/blob/main/{path}#L{line}',
  out: 'build/api',
  validation: { notDocumented: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  // Methods of other people's libraries, of which we say only what we call.
  intentionallyNotDocumented: [
    ...['get', 'set', 'delete', 'getMany', 'setMany', 'deleteMany', 'iterator', 'keys', 'on', 'off'].map(
      (name) => `@sessionkeep/store-keyv.AdapterLike.${name}`,
    ),
    // The type says it.
    '@sessionkeep/core.OpenedStore.__type.close',
    '@sessionkeep/conformance.TestRunner.describe',
    '@sessionkeep/conformance.TestRunner.expect.__type.__type.toBe',
    '@sessionkeep/contracts.StandardSchema.~standard.__type.validate',
  ],
  packagesRequiringDocumentation: [...new Set(entries.map(({ package: owner }) => owner))],
  treatWarningsAsErrors: true,
}
