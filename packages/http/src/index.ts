export { createHttpApp, type HttpApp } from './create-http-app.ts'
export type { HttpErrorCode } from './errors.ts'
export type { Access, HttpAppOptions, MetricsSource } from './options.ts'
