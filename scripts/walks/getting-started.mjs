import assert from 'node:assert/strict'

export const page = 'docs/getting-started.md'
export const minutes = 5

/** Follows the page. Returns what the walk of the page about Redis needs. */
export async function walk(walker) {
  const [install, program, ask, askAgain, cleanUp] = walker.fencesOf(page)
  await walker.run(install.text)
  walker.enter('my-gateway')
  walker.save('gateway.mjs', program.text)

  let gateway = await walker.start('node gateway.mjs', /ready/)
  const answers = (await walker.run(ask.text)).trim().split('\n').map(JSON.parse)
  assert.equal(answers[2].totalRequests, 3)
  await walker.until(
    'counts are written, as they are once a second',
    async () => (await walker.run('sleep 2; echo waited')) !== '',
  )
  await gateway.kill('SIGKILL')

  gateway = await walker.start('node gateway.mjs', /ready/)
  const after = JSON.parse(await walker.run(askAgain.text))
  assert.equal(after.createdAt, answers[0].createdAt)
  assert.equal(after.totalRequests, 4)
  return { gateway, cleanUp, createdAt: after.createdAt, totalRequests: 4 }
}
