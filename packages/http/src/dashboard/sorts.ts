import type { Session } from './types.ts'

/** How a click on each heading sorts the sessions, and in which order the values of that column are then. */
export const SORTS = {
  workspace: { compare: (a: Session, b: Session) => a.workspace.localeCompare(b.workspace), order: 'ascending' },
  age: { compare: (a: Session, b: Session) => a.createdAt - b.createdAt, order: 'descending' },
  activity: { compare: (a: Session, b: Session) => b.lastActivityAt - a.lastActivityAt, order: 'descending' },
  requests: { compare: (a: Session, b: Session) => b.totalRequests - a.totalRequests, order: 'descending' },
} as const

/** A column by which the sessions can be sorted. */
export type Sort = keyof typeof SORTS
