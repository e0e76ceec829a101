import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fixture } from './support/pool.ts'

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
}
interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema?: Schema
}
interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const NASTY = [
  '',
  'docs',
  '../../etc/passwd',
  '%00',
  "'; drop table x --",
  '$(id)',
  '<b>',
  '\u001b[2J',
  '\ud800',
  '__proto__',
]
const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('x'.repeat(5000)),
)
const anything = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.object({ maxDepth: 2 }))

/** Values of a schema; one in some is something else. */
function valuesOf(schema: Schema, document: Document): fc.Arbitrary<unknown> {
  const { $ref, type, anyOf, properties = {}, required = [], items } = schema
  if ($ref) return valuesOf(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, document)
  if (schema.enum) return mostly(fc.constantFrom(...schema.enum))
  if ('const' in schema) return mostly(fc.constant(schema.const))
  if (anyOf) return fc.oneof(...anyOf.map((each) => valuesOf(each, document)))
  if (type === 'string') return mostly(text)
  if (type === 'number' || type === 'integer') return mostly(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.double()))
  if (type === 'boolean') return mostly(fc.boolean())
  if (type === 'array') return mostly(fc.array(valuesOf(items ?? {}, document), { maxLength: 4 }))
  if (type !== 'object') return anything
  const fields = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valuesOf(each, document)]))
  return mostly(fc.record(fields, { requiredKeys: required.filter((name) => name in fields) as never[] }))
}
const mostly = (arbitrary: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary }, { weight: 1, arbitrary: anything })

it('random requests made from the OpenAPI document get no 5xx', { timeout: 0 }, async () => {
  const { call, app, pool } = await fixture(
    { readOnly: false, maxStreams: 3 },
    {
      maxSessions: 10,
    },
  )
  const document = (await call('GET', '/openapi.json')).body as Document
  const requests = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(() => !['/events', '/sessions/{workspace}/output'].includes(path))
      .map(([method, operation]) => requestOf(path, method, operation, document)),
  )
  const seen = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(fc.oneof(...requests), async ({ method, path, headers, body }) => {
      // A session is often there, so that more than the checks of the request is tried.
      if (!pool.getSession('docs')) await pool.getOrCreateSession('docs').catch(() => undefined)
      const { status, body: answer } = await call(method, path, body, headers)
      seen.set(status, (seen.get(status) ?? 0) + 1)
      expect(status, `${method} ${path} ${body}: ${JSON.stringify(answer)}`).toBeLessThan(500)
      if (status >= 400) expect(answer.error.code).toMatch(/^[A-Z_]+$/)
    }),
    { numRuns: Number(process.env.SESSIONKEEP_TEST_RUNS ?? 300) },
  )
  // The requests are not all refused for one reason.
  expect(seen.size).toBeGreaterThan(1)
  expect([...seen.keys()].some((status) => status < 300)).toBe(true)
  app.close()
})

function requestOf(path: string, method: string, { parameters = [], requestBody }: Operation, document: Document) {
  const given = parameters.map((parameter) =>
    valuesOf(parameter.schema ?? {}, document).map((value) => ({ ...parameter, value: String(value) })),
  )
  const schema = requestBody?.content['application/json']?.schema
  const bodies = schema
    ? fc.oneof(
        { weight: 10, arbitrary: valuesOf(schema, document).map((value) => JSON.stringify(value) ?? '') },
        { weight: 1, arbitrary: fc.constantFrom('{', '', 'null', '[[[[', '{"__proto__":{}}') },
      )
    : fc.constant(undefined)
  return fc.tuple(fc.tuple(...given), bodies).map(([values, body]) => {
    const encode = (value: string) => encodeURIComponent(Buffer.from(value).toString())
    let at = path
    for (const { name, in: place, value } of values)
      if (place === 'path') at = at.replace(`{${name}}`, encode(value) || 'docs')
    const query = values.filter((each) => each.in === 'query').map(({ name, value }) => `${name}=${encode(value)}`)
    return {
      method: method.toUpperCase(),
      path: query.length > 0 ? `${at}?${query.join('&')}` : at,
      headers: {} as Record<string, string>,
      body: body as string | undefined,
    }
  })
}
