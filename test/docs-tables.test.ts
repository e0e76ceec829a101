import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNELS, TRACED } from '@sessionkeep/contracts/diagnostics'
import { NONE_COSTS } from '@sessionkeep/contracts/internal'
import { ConfigError, HostError, PoolError, StoreError } from '@sessionkeep/core'
import { memoryHost } from '@sessionkeep/core/testing'
import { loadStore } from '@sessionkeep/selection/internal'
import file from '@sessionkeep/store-file'
import keyv from '@sessionkeep/store-keyv'
import lowdb from '@sessionkeep/store-lowdb'
import { METRICS, prometheusName } from '@sessionkeep/telemetry'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../packages/core/src/pool/resolve-options.ts'
import { sourcesOf } from '../packages/core/test/support/store-sources.ts'
import {
  LOG_LEVEL_VARIABLE,
  MIRROR_VARIABLE,
  POOL_ID_VARIABLE,
  STORE_VARIABLE,
} from '../packages/selection/src/environment.ts'
import { CONFIG_NAMES } from '../packages/selection/src/file/find-config.ts'
import { isModule } from '../packages/selection/src/file/read-config.ts'
import { STORE_NAMES } from '../packages/selection/src/names.ts'
import { resolveSelection, SELECTION_LAYERS } from '../packages/selection/src/selection.ts'
import { defaultValuesOf, logLines, membersOf } from './pages/sources.ts'
import { codeOf, rowsUnder } from './pages/tables.ts'
import { root } from './rules/repository-files.ts'

const OPTIONS = 'packages/core/src/pool/resolve-options.ts'
const RESUME = 'packages/resume/src/options.ts'
const METADATA = 'packages/selection/src/config-source.ts'
const ERRORS = 'packages/contracts/src/errors'

/** The default of every option by its name in the tables; undefined if it is computed. */
function defaults(): Map<string, unknown> {
  const resolved = resolveOptions({ host: memoryHost() }) as unknown as Record<string, unknown>
  const { host: _host, metadata, resume, history, ...rest } = resolved
  const { backoff, ...ofResume } = resume as { readonly backoff: object }
  const groups: ReadonlyArray<readonly [string, object, readonly string[]]> = [
    ['metadata', metadata as object, membersOf(METADATA, 'MetadataOptions')],
    ['resume', ofResume, membersOf(RESUME, 'ResumeOptions').filter((name) => name !== 'backoff')],
    ['resume.backoff', backoff, membersOf('packages/resume/src/tries.ts', 'ResumeBackoff')],
    ['history', history as object, membersOf(RESUME, 'HistoryOptions')],
  ]
  const top = membersOf(OPTIONS, 'SessionPoolOptions').filter((name) => !groups.some(([group]) => group === name))
  const values = new Map(top.map((name) => [name, rest[name]]))
  for (const [group, of, names] of groups) {
    for (const name of names) values.set(`${group}.${name}`, (of as Readonly<Record<string, unknown>>)[name])
    for (const [name, value] of Object.entries(of)) values.set(`${group}.${name}`, value)
  }
  return values.set('metadata.store', resolveSelection({}).store)
}

const shown = (value: unknown): string | undefined =>
  typeof value === 'string' ? `'${value}'` : value === undefined ? undefined : JSON.stringify(value)

describe('the tables of options', () => {
  it('name every option in docs/gateway.md', () => {
    const named = rowsUnder('docs/gateway.md', 'All options').map(([name]) => codeOf(name))
    expect(named.sort()).toEqual([...defaults().keys()].sort())
  })

  it.each([
    ['docs/gateway.md', 'All options'],
    ['README.md', 'Use it in your gateway'],
  ])('have the defaults of the code in %s', (page, heading) => {
    for (const [name = '', value] of rowsUnder(page, heading)) {
      expect(`${name}: ${codeOf(value)}`).toBe(`${name}: ${shown(defaults().get(codeOf(name) ?? ''))}`)
      expect([...defaults().keys()]).toContain(codeOf(name))
    }
  })
})

describe('the comments of options', () => {
  it.each([
    ['', OPTIONS, 'SessionPoolOptions'],
    ['metadata.', METADATA, 'MetadataOptions'],
    ['resume.', RESUME, 'ResumeOptions'],
    ['resume.backoff.', 'packages/resume/src/tries.ts', 'ResumeBackoff'],
    ['history.', RESUME, 'HistoryOptions'],
  ])('have the defaults of the code: %s (%s, %s)', (group, path, type) => {
    const written = [...defaultValuesOf(path, type)].map(([name, text]) => [`${group}${name}`, text] as const)
    expect(written.length).toBeGreaterThan(2)
    for (const [name, text] of written) {
      const value = defaults().get(name)
      if (!['number', 'boolean', 'string'].includes(typeof value)) continue
      expect(`${name}: ${text === '7 days' ? 7 * 86_400_000 : text}`).toBe(`${name}: ${shown(value)}`)
    }
  })
})

describe('the tables of errors, reasons and events', () => {
  const make = {
    Pool: (code: string) => new PoolError(code as PoolError['code'], ''),
    Host: (code: string) => new HostError(code as HostError['code'], ''),
    Store: (code: string) => new StoreError(code as StoreError['code'], ''),
    Configuration: (code: string) => new ConfigError(code as ConfigError['code'], ''),
  }

  it.each([
    ['Pool', 'packages/contracts/src/errors/pool-error.ts', 'PoolErrorCode'],
    ['Host', `${ERRORS}/host-error.ts`, 'HostErrorCode'],
    ['Store', `${ERRORS}/store-error.ts`, 'StoreErrorCode'],
    ['Configuration', `${ERRORS}/config-error.ts`, 'ConfigErrorCode'],
  ] as const)('have every code of kind %s, and whether it may be retried', (heading, file, type) => {
    const page = rowsUnder('docs/operate.md', heading).map(([code, retry]) => `${codeOf(code)} ${retry}`)
    const source = membersOf(file, type)
    expect(page.sort()).toEqual(source.map((code) => `${code} ${make[heading](code).retryable ? 'yes' : 'no'}`).sort())
  })

  it('have every reason of persistence()', () => {
    const page = rowsUnder('docs/operate.md', 'What `persistence()` says').map(([reason]) => codeOf(reason))
    expect(page.sort()).toEqual(membersOf('packages/core/src/pool/stores/persistence.ts', 'PersistenceReason').sort())
  })

  it('have every event', () => {
    const page = rowsUnder('docs/gateway.md', 'Events').map(([event]) => codeOf(event))
    const events = [
      ...membersOf('packages/core/src/sessions/events.ts', 'PoolEvents'),
      ...membersOf('packages/replication/src/ports.ts', 'StoreEvents'),
    ]
    expect(page.sort()).toEqual(events.sort())
  })
})

describe('the tables of docs/configure.md', () => {
  const columns = (heading: string) => rowsUnder('docs/configure.md', heading).map((row) => row.map(codeOf))

  it('have the layers in their order, the strongest first', () => {
    expect(columns('Which layer decides').map(([layer]) => layer)).toEqual([...SELECTION_LAYERS])
  })

  it('have the name of every store of this repository', () => {
    const [own = []] = rowsUnder('docs/configure.md', 'What a store is called')
    expect([...(own[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual([...STORE_NAMES])
  })

  it('have every variable of the environment, and what it sets', () => {
    expect(columns('The environment').map(([variable, sets]) => [variable, sets])).toEqual([
      [STORE_VARIABLE, 'store'],
      [MIRROR_VARIABLE, 'mirror'],
      [POOL_ID_VARIABLE, 'poolId'],
      [LOG_LEVEL_VARIABLE, undefined],
      ...[file, lowdb, keyv].flatMap(({ name, env = {} }) =>
        Object.entries(env).map(([variable, target]) => [
          variable,
          `stores.${name}.${typeof target === 'string' ? target : target.option}`,
        ]),
      ),
    ])
  })

  it('have every configuration file, and whether it is watched', () => {
    const rows = rowsUnder('docs/configure.md', 'A configuration file')
    expect(rows.map(([file]) => codeOf(file))).toEqual([...CONFIG_NAMES, 'package.json'])
    for (const [file = '', , watched] of rows) {
      expect(`${file} ${watched}`).toBe(`${file} ${isModule(codeOf(file) ?? '') ? 'no' : 'yes'}`)
    }
  })

  it('have every state and every verdict of explain()', () => {
    const states = membersOf('packages/selection/src/layer-status.ts', 'LayerState')
    const verdicts = membersOf('packages/selection/src/explain.ts', 'LayerVerdict')
    const words = columns('Why was this store selected?').map(([word]) => word)
    expect(words.filter((word) => word !== undefined)).toEqual([...states, ...verdicts])
  })
})

describe('the tables of docs/telemetry.md', () => {
  it('have every metric with its names, kind, unit, attributes and meaning', () => {
    expect(rowsUnder('docs/telemetry.md', 'Metrics').filter((row) => row.length === 6)).toEqual(
      METRICS.map((metric) => [
        ...[`\`${prometheusName(metric)}\``, `\`${metric.name}\``, metric.kind, metric.unit || '–'],
        ...[metric.attributes.map((name) => `\`${name}\``).join(', '), metric.description],
      ]),
    )
  })

  it('have every channel, and every status of health()', () => {
    const channels = rowsUnder('docs/telemetry.md', 'Channels').map(([channel]) => codeOf(channel))
    expect(channels).toEqual([...CHANNELS, ...TRACED])
    const statuses = rowsUnder('docs/telemetry.md', 'Health').map(([status]) => codeOf(status))
    expect(statuses).toEqual(membersOf('packages/core/src/pool/health.ts', 'HealthState'))
  })
})

describe('the table of log lines', () => {
  it('has every line that the pool, the host, the stores and the routes write, with its level', () => {
    const page = rowsUnder('docs/operate.md', 'Log lines').map(([level, message]) => `${level} ${codeOf(message)}`)
    const costs = page.find((line) => line.startsWith('warn Metadata is not kept'))
    expect(NONE_COSTS.startsWith(costs?.slice('warn '.length, -1) ?? 'missing')).toBe(true)
    const written = logLines(
      /^packages\/(contracts|selection|replication|resume|core|tmux|disk|store-file|store-lowdb|store-keyv|http|telemetry)\/src\/.*\.ts$/,
    )
    expect(written.length).toBeGreaterThan(10)
    expect(page.filter((line) => line !== costs).sort()).toEqual(written)
  })
})

describe('the table of stores', () => {
  it('has every store, its package and what a write to it survives', async () => {
    const SURVIVES = { none: 'nothing', process: 'a kill', power: 'a power cut' }
    for (const [name, from, survives] of rowsUnder('README.md', 'Stores')) {
      const store = await loadStore(codeOf(name) ?? '', sourcesOf({ keyv: { uri: 'redis://localhost' } }), console)
      expect(store.name).toBe(codeOf(name))
      // A store may declare a higher durability once it has read the settings of its server.
      expect(survives?.split(', or ')[0]).toBe(SURVIVES[store.capabilities.durability])
      const [inCore, inTmux] = [['memory', 'none'].includes(store.name), store.name === 'tmux']
      const home = inCore ? 'core' : inTmux ? 'tmux' : `store-${store.name}`
      expect(codeOf(from)).toBe(`@sessionkeep/${home}`)
    }
    await expect(loadStore('nothing', sourcesOf(), console)).rejects.toThrow(
      `Known are: ${rowsUnder('README.md', 'Stores')
        .map(([name]) => codeOf(name))
        .join(', ')}.`,
    )
  })
})

describe('the page about guarantees', () => {
  const TABLES = [
    'What a kill of the gateway can cost',
    'What a power cut can cost',
    'What an outage of a store can cost',
    'What is never lost or touched',
  ]

  it.each(TABLES)('names in each row a test that exists, by its file and its title: %s', (heading) => {
    const missing = rowsUnder('docs/guarantees.md', heading).filter((row) => {
      const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(row.at(-1) ?? '') ?? []
      const path = join(root, file)
      return !file.endsWith('.test.ts') || !existsSync(path) || !titlesIn(readFileSync(path, 'utf8')).includes(title)
    })
    expect(missing).toEqual([])
  })
})

/** The texts in quotes in a test file, among which are the titles of its tests. */
function titlesIn(source: string): string[] {
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map(([, text = '']) => text.replaceAll("\\'", "'"))
}
