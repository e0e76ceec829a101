import type { Logger } from '@sessionkeep/core/store'
import type { Opening } from '../stores/open.ts'
import { failureOf, type SelectedStore, selectedStores } from '../stores/selected.ts'
import { explainSelection } from '../stores/selection.ts'
import { configOf } from '../stores/store-choice.ts'
import { adviceFor, adviceForRecord } from './advice.ts'
import { type Finding, problem, warning } from './finding.ts'

/** The findings about the stores, and the names of all their records. */
export interface StoresFound {
  readonly findings: readonly Finding[]
  /** Undefined when a store cannot be read. */
  readonly names: ReadonlySet<string> | undefined
}

/** The findings about the configuration and the selected stores, and one for each warning that a store logs. */
export async function storeFindings(opening: Opening, config: string | undefined): Promise<StoresFound> {
  const metadata = await configOf(opening.io, config)
  const { store, why, layers } = explainSelection(metadata, opening.logger)
  const source = metadata.source?.file ?? 'no configuration file'
  const findings: Finding[] = [{ subject: 'selection', severity: 'ok', found: `${store} (${why}; ${source}).` }]
  for (const { layer, state, detail } of layers) {
    const isWrong = state === 'invalid' || (layer === 'environment' && detail !== undefined)
    if (isWrong && detail)
      findings.push(warning(layer, detail, 'Correct it, or remove it; `sessionkeep explain` shows all layers.'))
  }
  const logged: Finding[] = []
  const logger = collecting(logged)
  const stores = await selectedStores({ ...opening, logger }, config)
  const names = stores.some(({ error }) => error) ? undefined : new Set(stores.flatMap(({ names = [] }) => names))
  return { findings: [...findings, ...stores.flatMap(findingsOf), ...logged], names }
}

function findingsOf(selected: SelectedStore): Finding[] {
  const { store, role, place, error, durability, living = 0, ended = 0, unreadable = [] } = selected
  const subject = `store ${store}`
  if (error) {
    const todo = adviceFor(error.code)
    return [problem(subject, `The ${role} cannot be read: ${error.message}`, todo)]
  }
  const where = place === undefined ? '' : ` in ${place}`
  const extent = failureOf(selected) === undefined ? '' : ' only in part'
  const contents = `The ${role} can be read${extent}${where}; it has ${living} living and ${ended} ended sessions. What it acknowledges survives: ${durability}.`
  return [
    { subject, severity: 'ok', found: contents },
    ...(durability === 'none' && role === 'primary'
      ? [
          warning(
            subject,
            'Nothing is kept over a restart.',
            'If that is not meant, select another store; `sessionkeep explain` says who selected this one.',
          ),
        ]
      : []),
    ...unreadable.map(({ name, code, why }) =>
      problem(subject, `The record ${JSON.stringify(name)} cannot be read: ${why}`, adviceForRecord(code)),
    ),
  ]
}

/** A logger that makes a finding of each warning. */
function collecting(findings: Finding[]): Logger {
  const ignore = () => undefined
  const add = (fields: object, message: string) => {
    const code = (fields as { code?: unknown }).code
    const found = typeof code === 'string' ? `${message} (${code})` : message
    findings.push(warning('store', found, 'See docs/operate.md, "Log lines", for this message.'))
  }
  return { debug: ignore, info: ignore, warn: add, error: add }
}
