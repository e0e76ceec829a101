import assert from 'node:assert/strict'

export const page = 'docs/write-a-store.md'
export const minutes = 25

export async function walk(walker) {
  const [make, service, manifest, install, compiler, store, test, gateway, config, installStore, look] =
    walker.fencesOf(page)
  await walker.run(make.text)
  walker.enter('sessionkeep-store-service')
  walker.save('service.mjs', service.text)
  walker.save('package.json', manifest.text)
  walker.save('tsconfig.json', compiler.text)
  await walker.run(install.text)
  walker.save('src/store.ts', store.text)
  walker.save('src/store.test.ts', test.text)
  await walker.start('node service.mjs', /ready/)
  assert.match(await walker.run('npm test'), /level bronze/)

  walker.enter('my-service-gateway')
  await walker.run(installStore.text)
  walker.save('gateway.mjs', gateway.text)
  walker.save('sessionkeep.config.json', config.text)
  assert.match(await walker.run('node gateway.mjs'), /1 requests in sessionkeep-store-service/)
  assert.deepEqual(JSON.parse(await walker.run(look.text)), ['/pool-try/live/claude-docs'])
}
