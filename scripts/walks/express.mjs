import assert from 'node:assert/strict'

export const page = 'docs/express.md'
export const minutes = 10

export async function walk(walker) {
  const [install, program, ask] = walker.fencesOf(page)
  await walker.run(install.text)
  walker.enter('my-app')
  walker.save('app.mjs', program.text)

  const app = await walker.start('node app.mjs', /http:\S+/)
  const [address] = /http:\S+/.exec(app.output())
  assert.equal(JSON.parse(await walker.run(ask.text)).totalRequests, 1)

  // A browser that opens the link gets a cookie, and then the page, its script, and the sessions.
  const login = await fetch(address, { redirect: 'manual' })
  const headers = { cookie: login.headers.getSetCookie()[0].split(';')[0] }
  const base = new URL('.', address)
  assert.match(await (await fetch(base, { headers })).text(), /<title>sessionkeep/)
  assert.equal((await fetch(new URL('dashboard.js', base), { headers })).status, 200)
  const { sessions } = await (await fetch(new URL('sessions', base), { headers })).json()
  assert.deepEqual(
    sessions.map(({ workspace }) => workspace),
    ['docs'],
  )
  await app.kill('SIGTERM')
}
