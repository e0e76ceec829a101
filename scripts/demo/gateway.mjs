import { spawn } from 'node:child_process'
import { request } from 'node:http'
import { join } from 'node:path'
import { root } from '../lib/root.mjs'

const PROGRAM = join(root, 'examples', 'quickstart', 'dist', 'main.js')

/** Starts the gateway of examples/quickstart; resolves when it listens. Without `store` its configuration decides. */
export async function startGateway(sandbox, store, settings = {}) {
  const socket = join(sandbox.directory, 'gateway')
  const env = {
    // The environment of the user is not passed on, and so neither the configuration of tmux nor that of the shell.
    ...{ PATH: process.env.PATH, LANG: process.env.LANG ?? 'C.UTF-8', TERM: 'xterm', SHELL: '/bin/sh' },
    ...{ HOME: sandbox.directory, TMPDIR: sandbox.directory, XDG_CONFIG_HOME: sandbox.directory },
    ...{ GATEWAY_SOCKET: socket, GATEWAY_TMUX: sandbox.tmuxSocket, GATEWAY_ANSWER_MS: '5000' },
    ...{ SESSIONKEEP_STORE: store, SESSIONKEEP_DIRECTORY: sandbox.metadata },
    ...settings,
  }
  const { child, ended } = sandbox.register(() =>
    spawn(process.execPath, [PROGRAM], { env, cwd: sandbox.directory, detached: true }),
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text
  })
  await Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    ended.then(() => {
      throw new Error(`the gateway did not start: ${/^\w*Error.*$/m.exec(errors)?.[0] ?? errors}`)
    }),
  ])

  const call = (method, path, body) => callJson({ socketPath: socket, method, path }, body)
  return {
    call,
    socket,
    /** The standard error output so far. */
    errors: () => errors,
    end: async (signal) => {
      child.kill(signal)
      await ended
    },
    list: async () => (await call('GET', '/sessions')).sessions,
    effective: async () => (await call('GET', '/sessions')).persistence.effective,
    ended: () => call('GET', '/ended'),
    ask: (workspace, command) => call('POST', `/sessions/${workspace}/ask`, { command }),
    screen: async (workspace) => (await call('GET', `/sessions/${workspace}/screen`)).screen,
    save: (workspace) => call('POST', `/sessions/${workspace}/save`),
    remove: (workspace) => call('DELETE', `/sessions/${workspace}`),
  }
}

function callJson(options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, agent: false }, async (response) => {
      try {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        const reply = JSON.parse(text)
        if (response.statusCode === 200) resolve(reply)
        else reject(new Error(`${options.method} ${options.path}: ${reply.error?.message}`))
      } catch (error) {
        reject(error)
      }
    })
    outgoing.on('error', reject)
    outgoing.end(body && JSON.stringify(body))
  })
}
