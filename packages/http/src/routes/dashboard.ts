import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { HttpEnvironment } from '../guard/guard.ts'
import type { TokenCheck } from '../guard/token.ts'

/** This file. A bundle as CommonJS has no `import.meta.url`. */
const HERE = import.meta.url ?? pathToFileURL(__filename).href
/** Where the build has put the dashboard: beside the built file that runs, or, from the sources, in `dist`. */
const BUILT = [new URL('./dashboard/', HERE), new URL('../../dist/dashboard/', HERE)]

const FILES = { 'dashboard.js': ['main.js', 'text/javascript'], 'dashboard.css': ['main.css', 'text/css'] } as const

const head = (title: string, more: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232f6feb'/%3E%3Cpath d='M4 5l3 3-3 3M8 11h4' stroke='white' stroke-width='1.6' fill='none'/%3E%3C/svg%3E">
${more}
</head>`

const PAGE = `${head('sessionkeep', '<link rel="stylesheet" href="dashboard.css">')}
<body>
<div id="app"><p class="loading">Loading …</p></div>
<noscript>The dashboard needs JavaScript. The same data is at <a href="status">status</a> and <a href="sessions">sessions</a>.</noscript>
<script type="module" src="dashboard.js"></script>
</body>
</html>
`

const LOGIN_STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:15vh auto;padding:0 1rem}input,button{font:inherit;padding:.5rem .75rem;width:100%;box-sizing:border-box;margin:.25rem 0 .75rem}`

const LOGIN = `${head('Log in · sessionkeep', `<style>${LOGIN_STYLE}</style>`)}
<body>
<main>
<h1>sessionkeep</h1>
<p>This dashboard needs the token that the gateway printed at its start.</p>
<form method="post" action="login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open the dashboard</button>
</form>
</main>
</body>
</html>
`

const COMMON = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src data:"
const PAGE_POLICY = `${COMMON}; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'`
const LOGIN_POLICY = `${COMMON}; style-src 'sha256-${createHash('sha256').update(LOGIN_STYLE).digest('base64')}'; form-action 'self'`

const html = (context: Context, text: string, policy: string, status: 200 | 401) =>
  context.html(text, status, { 'content-security-policy': policy })

/** Adds the login: the page asks for the token, and a link with `?token=` opens the page. */
export function addLogin(app: OpenAPIHono<HttpEnvironment>, token: TokenCheck): void {
  app.get('/', async (context, next) => {
    const given = context.req.query('token')
    if (given !== undefined && token.isToken(given)) {
      token.giveCookie(context)
      // The redirect removes the token from the address bar and the history.
      return context.redirect('./', 303)
    }
    if (!token.isAuthorized(context)) return html(context, LOGIN, LOGIN_POLICY, 401)
    return next()
  })
  app.post('/login', async (context) => {
    // Anybody can send a body that is no form. It has no token.
    const { token: given } = await context.req.parseBody().catch((): { token?: unknown } => ({}))
    if (typeof given !== 'string' || !token.isToken(given.trim())) return html(context, LOGIN, LOGIN_POLICY, 401)
    token.giveCookie(context)
    return context.redirect('./', 303)
  })
}

/** Adds the dashboard: one page, its script and its style. */
export function addDashboard(app: OpenAPIHono<HttpEnvironment>): void {
  app.get('/', (context) => html(context, PAGE, PAGE_POLICY, 200))
  for (const [path, [file, type]] of Object.entries(FILES)) {
    app.get(`/${path}`, async (context) =>
      context.body(await readBuilt(file), 200, { 'content-type': `${type}; charset=utf-8` }),
    )
  }
}

async function readBuilt(file: string): Promise<string> {
  const [beside, above] = BUILT.map((directory) => new URL(file, directory))
  return readFile(beside as URL, 'utf8').catch(() => readFile(above as URL, 'utf8'))
}
