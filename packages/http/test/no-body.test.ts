import { expect, it } from 'vitest'
import { fixture, TOKEN } from './support/pool.ts'

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly requestBody?: { readonly required?: boolean } }>>>
  >
}

it('a request without its body is refused by each route that requires one, and the records of all ended sessions stay', async () => {
  const { app, call, host, pool } = await fixture({ readOnly: false })
  await pool.getOrCreateSession('docs')
  host.control.exit('claude-docs', { exitCode: 0 })
  await pool.discoverExistingSessions()
  const { paths } = (await call('GET', '/openapi.json')).body as Document
  const required = Object.keys(paths).filter((path) => paths[path]?.post?.requestBody?.required)
  expect(required).toContain('/ended/forget')
  const authorization = `Bearer ${TOKEN}`
  for (const path of required) {
    for (const headers of [{}, { 'content-length': '0' }, { 'content-type': 'application/json' }]) {
      const request = new Request(`http://localhost${path.replace('{workspace}', 'docs')}`, {
        method: 'POST',
        headers: { authorization, ...headers },
      })
      const answer = await app.fetch(request)
      expect(answer.status, path).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
    }
  }
  expect(pool.listEnded()).toHaveLength(1)
  expect((await call('POST', '/ended/forget', {})).body).toEqual({ forgotten: ['docs'] })
})
