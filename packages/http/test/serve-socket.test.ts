import { lchownSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { serveSocket, tokenFromFile } from '../src/node.ts'
import { fixture } from './support/pool.ts'

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'sk-http-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

function ask(socketPath: string, path: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path, method: 'POST' }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode, text })
    })
      .on('error', reject)
      .end()
  })
}

it('serves the app to this user alone, without a token and with changes', async () => {
  const { app } = await fixture()
  const path = join(directory(), 'sessionkeep.sock')
  const umask = process.umask()
  const server = await serveSocket(app, { path })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(process.umask()).toBe(umask)
  expect(await ask(path, '/persistence/rollback')).toMatchObject({ status: 200 })
  await server.close()
  expect(() => statSync(path)).toThrow('ENOENT')
})

it('takes over the socket of a killed gateway, and no other', async () => {
  const { app } = await fixture()
  const path = join(directory(), 'sessionkeep.sock')
  const first = await serveSocket(app, { path })
  await expect(serveSocket(app, { path })).rejects.toMatchObject({ code: 'SOCKET_IN_USE' })
  await first.close()

  // A server that is closed removes its socket; one that is killed does not.
  writeFileSync(path, 'a file of somebody')
  const message = `${path} is not a socket. Move it away, or choose another path.`
  await expect(serveSocket(app, { path })).rejects.toMatchObject({ code: 'SOCKET_IN_USE', message })
  rmSync(path)
  const killed = createServer()
  await new Promise<void>((resolve) => killed.listen(`${path}.other`, resolve))
  const { linkSync } = await import('node:fs')
  linkSync(`${path}.other`, path)
  await new Promise((resolve) => killed.close(resolve))
  const second = await serveSocket(app, { path })
  expect((await ask(path, '/persistence/rollback')).status).toBe(200)
  await second.close()
})

it('says what is wrong with a path', async () => {
  const { app } = await fixture()
  await expect(serveSocket(app, { path: join(directory(), 'none', 'a.sock') })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
  })
  await expect(serveSocket(app, { path: `/tmp/${'x'.repeat(120)}` })).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
})

it('keeps the token of a file over restarts, and refuses one that others can read', async () => {
  const path = join(directory(), 'deep', 'token')
  const tokens = await Promise.all([tokenFromFile(path), tokenFromFile(path)])
  expect(new Set([...tokens, await tokenFromFile(path)]).size).toBe(1)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const { chmodSync } = await import('node:fs')
  chmodSync(path, 0o644)
  await expect(tokenFromFile(path)).rejects.toMatchObject({ code: 'TOKEN_FILE_UNTRUSTED' })
})

it.skipIf(process.getuid?.() !== 0)('refuses a link of another user in place of the token (needs root)', async () => {
  const made = directory()
  const [secret, path] = [join(made, 'secret'), join(made, 'token')]
  writeFileSync(secret, 'a private text of this user', { mode: 0o600 })
  symlinkSync(secret, path)
  lchownSync(path, 65_534, 65_534)
  await expect(tokenFromFile(path)).rejects.toMatchObject({ code: 'TOKEN_FILE_UNTRUSTED' })
})
