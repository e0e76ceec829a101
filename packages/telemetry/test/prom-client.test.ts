import { readFileSync } from 'node:fs'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { METRICS, prometheusName } from '../src/index.ts'
import { promMetrics } from '../src/prom-client.ts'
import { makePool, unsteadyStore, useAll } from './support/pools.ts'

interface Panel {
  readonly title: string
  readonly targets: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>
}

const dashboard = JSON.parse(readFileSync(new URL('../src/grafana-dashboard.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: ReadonlyArray<{ readonly name: string; readonly query: string }> }
}

/** The metrics of a pool that has done something of everything, as a scrape shows them. */
async function scraped(poolId: string) {
  const { store, state } = unsteadyStore()
  const pool = makePool(poolId, store)
  const { register, close } = promMetrics(pool, { register: new Registry() })
  onTestFinished(close)
  await useAll(pool, state)
  return { text: await register.metrics(), register, close, pool }
}

test('the registry has every metric of the reference, of the type that it names, and none besides', async () => {
  const { text } = await scraped('all')
  const exposed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  expect(exposed.sort()).toEqual(METRICS.map((metric) => `${prometheusName(metric)} ${metric.kind}`).sort())
  for (const metric of METRICS) {
    const [sample = ''] = text.match(new RegExp(`^${prometheusName(metric)}(_bucket|_count)?\\{.*$`, 'm')) ?? []
    expect(sample, `${metric.name} has no value`).toContain('sessionkeep_pool="all"')
  }
  expect(text).toContain('sessionkeep_requests_total{sessionkeep_pool="all"} 2')
  expect(text).toMatch(/sessionkeep_store_call_duration_seconds_count\{.*error_type="STORE_UNAVAILABLE"/)
  expect(text).not.toContain('a-secret-4711')
  expect(text).not.toContain('customer')
})

test('gauges show the present state alone, and close() removes everything', async () => {
  const { register, close, pool } = await scraped('present')
  await pool.rollback()
  const after = await register.metrics()
  expect(after).toContain('sessionkeep_persistence{sessionkeep_pool="present",sessionkeep_reason="rolled-back"} 1')
  expect(after.match(/^sessionkeep_persistence\{/gm)).toHaveLength(1)
  expect(after).not.toMatch(/^sessionkeep_store_up\{/m)
  close()
  expect((await register.metrics()).trim()).toBe('')
  await pool.withRequest('docs', () => 1)
})

test('two pools are told apart, and another pool of the process is not counted', async () => {
  const [a, b, other] = [makePool('a'), makePool('b'), makePool('other')]
  const { register, close } = promMetrics([a, b], { register: new Registry() })
  onTestFinished(close)
  for (const pool of [a, b, other]) await pool.start()
  for (const pool of [a, other]) await pool.getOrCreateSession('docs')
  const text = await register.metrics()
  expect(text).toContain('sessionkeep_sessions{sessionkeep_pool="a",sessionkeep_status="idle"} 2')
  expect(text).toContain('sessionkeep_sessions{sessionkeep_pool="b",sessionkeep_status="idle"} 1')
  expect(text).not.toContain('"other"')
})

test('errors with a code of their own for each request make a bounded number of series, and show no secret', async () => {
  const pool = makePool('codes')
  const { register, close } = promMetrics(pool, { register: new Registry() })
  onTestFinished(close)
  await pool.start()
  await pool.getOrCreateSession('docs')
  const fail = async (error: unknown) =>
    expect(pool.withRequest('docs', () => Promise.reject(error))).rejects.toBe(error)
  await fail({ code: 'login failed, password=a-secret-4711' })
  for (let at = 0; at < 150; at += 1) await fail(Object.assign(new Error('no'), { code: `ORDER_${at}` }))
  const text = await register.metrics()
  expect(text).not.toContain('a-secret-4711')
  const counted = [
    ...text.matchAll(/^sessionkeep_call_duration_seconds_count\{.*"withRequest",error_type="(.*)"\} (.*)$/gm),
  ]
  expect(counted.length).toBeLessThanOrEqual(101)
  expect(counted.find(([, type]) => type === '_OTHER')?.[2]).toBe('51')
})

test('every query of the Grafana dashboard asks for a metric and for labels that are exposed', async () => {
  const { text } = await scraped('grafana')
  /** The labels of each series, by its name. */
  const series = new Map<string, Set<string>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
    const known = series.get(name) ?? new Set()
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label)
    series.set(name, known)
  }
  const pool = dashboard.templating.list.find(({ name }) => name === 'pool')
  const queries = dashboard.panels.flatMap(({ targets }) =>
    targets.map(({ expr, legendFormat }) => ({ expr, legendFormat })),
  )
  const wrong = [{ expr: `${pool?.query}`, legendFormat: '' }, ...queries].flatMap(({ expr, legendFormat }) => {
    const names = [...expr.matchAll(/\b(sessionkeep_\w+)(?=\{|, sessionkeep_pool\))/g)].map(([, name = '']) => name)
    const labels = [
      ...[...expr.matchAll(/[{,](\w+)(?=[!=]~?")/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(
        ([, label]) => label,
      ),
      ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
    ]
    const known = names.flatMap((name) => [...(series.get(name) ?? [])])
    const missing = labels.filter((label) => !known.includes(label ?? ''))
    const isBalanced =
      [...expr].filter((c) => '({['.includes(c)).length === [...expr].filter((c) => ')}]'.includes(c)).length
    return names.length > 0 && names.every((name) => series.has(name)) && missing.length === 0 && isBalanced
      ? []
      : [`${expr}: ${names.join(' ')}, missing ${missing.join(' ')}`]
  })
  expect(wrong).toEqual([])
  expect(queries.length).toBeGreaterThan(15)
})
