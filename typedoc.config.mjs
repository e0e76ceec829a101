import { relative } from 'node:path'
import { publicEntries } from './scripts/lib/packages.mjs'
import { root } from './scripts/lib/root.mjs'

const entries = publicEntries()
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
 * @type {Partial<import('typedoc').TypeDocOptions & { internalModule: string }>}
 */
export default {
  name: 'sessionkeep',
  readme: 'none',
  entryPoints: entries.map(({ source }) => relative(root, source)),
  tsconfig: 'tsconfig.json',
  // A separate step of `npm test` checks the types.
  skipErrorChecking: true,
  // Types that exports refer to and that are not exported themselves get a page in this module.
  plugin: ['typedoc-plugin-missing-exports', nameModules],
  internalModule: 'Types that are not exported',
  excludeExternals: true,
  disableGit: true,
  sourceLinkTemplate: 'https://github.com/sessionkeep/sessionkeep/blob/main/{path}#L{line}',
  out: 'build/api',
  validation: { notDocumented: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  packagesRequiringDocumentation: [...new Set(entries.map(({ package: owner }) => owner))],
  treatWarningsAsErrors: true,
}
