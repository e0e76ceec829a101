import type { OpenAPIHono } from '@hono/zod-openapi'
import manifest from '../package.json' with { type: 'json' }
import type { HttpEnvironment } from './guard/guard.ts'

/** Adds the OpenAPI document. It is made from the schemas that check the requests. */
export function addDocument(app: OpenAPIHono<HttpEnvironment>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'sessionkeep',
      version: manifest.version,
      description: 'Sessions of a pool, their terminals, and the stores that keep their metadata.',
    },
    security: [{ token: [] }],
  })
}
