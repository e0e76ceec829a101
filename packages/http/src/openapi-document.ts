import { createRequire } from 'node:module'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { HttpEnvironment } from './guard/guard.ts'

const { version } = createRequire(import.meta.url)('@sessionkeep/http/package.json') as { version: string }

/** Adds the OpenAPI document. It is made from the schemas that check the requests. */
export function addDocument(app: OpenAPIHono<HttpEnvironment>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'sessionkeep',
      version,
      description: 'Sessions of a pool, their terminals, and the stores that keep their metadata.',
    },
    security: [{ token: [] }],
  })
}
