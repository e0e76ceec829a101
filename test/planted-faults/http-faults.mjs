const http = (name) => `packages/http/src/${name}`
const SECURITY = { file: 'packages/http/test/security.test.ts' }

/** @type {import('./list.d.mts').PlantedFault[]} */
export const httpFaults = [
  {
    name: 'a route of the app answers without the token',
    file: http('guard/guard.ts'),
    find: "if (given !== true) return 'none'",
    replace: "if (given !== true) return 'read'",
    caughtBy: SECURITY,
  },
  {
    name: 'an app that may only read carries out changes',
    file: http('guard/guard.ts'),
    find: "return options.readOnly ? 'read' : 'write'",
    replace: "return 'write'",
    caughtBy: SECURITY,
  },
  {
    name: 'a request for the host of an attacker is answered',
    file: http('guard/host-and-origin.ts'),
    find: '  if (!isAllowed)\n',
    replace: '  if (!isAllowed && hosts.length === 0)\n',
    caughtBy: SECURITY,
  },
  {
    name: 'a page of another port may call the app',
    file: http('guard/host-and-origin.ts'),
    find: "if (site === undefined || site === 'same-origin' || site === 'none') return",
    replace: "if (site !== 'cross-site') return",
    caughtBy: SECURITY,
  },
  {
    name: 'the cookie of a browser is the token itself',
    file: http('guard/token.ts'),
    find: "const cookieValue = createHmac('sha256', token).update('sessionkeep cookie').digest('base64url')",
    replace: "const cookieValue = token + createHmac('sha256', token).digest('hex').slice(64)",
    caughtBy: SECURITY,
  },
  {
    name: 'answers have the secrets of attributes',
    file: http('views.ts'),
    find: 'const made = sessionBody.parse(masked(view))',
    replace: 'const made = sessionBody.parse(masked(view) && view)',
    caughtBy: SECURITY,
  },
  {
    name: 'a client that comes back gets an event twice',
    file: http('events/history.ts'),
    find: 'return kept.slice(number - oldest)',
    replace: 'return kept.slice(Math.max(0, number - oldest - 1))',
    caughtBy: { file: 'packages/http/test/events.test.ts' },
  },
  {
    name: 'the socket of a gateway that runs is taken over',
    file: http('node/serve-socket.ts'),
    find: '|| (await answers(path)))',
    replace: '|| ((await answers(path)) && false))',
    caughtBy: { file: 'packages/http/test/serve-socket.test.ts' },
  },
  {
    name: 'a request for the head of a stream opens one, and nobody ends it',
    file: http('routes/events.ts'),
    find: "    if (context.req.method === 'HEAD') return headOfStream()\n",
    replace: '',
    caughtBy: { file: 'packages/http/test/events.test.ts', title: 'a request for the head of a stream' },
  },
  {
    name: 'a body of unknown length is answered with 500 behind node:http',
    file: http('node/handler.ts'),
    find: '(!isBelow && WITHOUT_BODY.includes(request.method))',
    replace: '!isBelow',
    caughtBy: { file: 'packages/http/test/mounted.test.ts', title: 'works mounted in plain Node' },
  },
  {
    name: 'messages for diagnostics have the text of an error',
    file: 'packages/contracts/src/base/diagnostics.ts',
    find: "    return [code, name].find((word): word is string => typeof word === 'string' && WORD.test(word)) ?? 'Error'",
    replace: '    return String(error)',
    caughtBy: { file: 'packages/core/test/pool/diagnostics.test.ts' },
  },
  {
    name: 'a gauge goes on showing what is no longer so',
    file: 'packages/telemetry/src/prom-client.ts',
    find: '    this.reset()\n',
    replace: '',
    caughtBy: { file: 'packages/telemetry/test/prom-client.test.ts', title: 'gauges show the present state alone' },
  },
]
