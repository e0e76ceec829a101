export type Row = Readonly<Record<string, unknown>>

/** How a database is opened. */
export interface OpenOptions {
  readonly create: boolean
  /** How long a statement waits for the lock of another connection before it fails with `SQLITE_BUSY`, in milliseconds. */
  readonly busyMs: number
}

/** A connection to one file. */
export interface Database {
  all(text: string, ...values: readonly unknown[]): Promise<Row[]>
  exec(text: string): Promise<void>
  /** Closes the connection after the running statement. Never rejects. */
  close(): Promise<void>
}
