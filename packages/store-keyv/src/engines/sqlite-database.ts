import { requireDriver } from '../adapters.ts'

export type Row = Readonly<Record<string, unknown>>
type Done = (error: Error | null, rows?: Row[]) => void

interface RawDatabase {
  all(text: string, values: readonly unknown[], done: Done): void
  exec(text: string, done: Done): void
  configure(option: 'busyTimeout', milliseconds: number): void
  close(done: Done): void
}
interface Sqlite {
  readonly OPEN_READWRITE: number
  readonly OPEN_CREATE: number
  readonly Database: new (file: string, mode: number, done: Done) => RawDatabase
}

/** A connection to one file, with the client sqlite3. */
export interface Database {
  all(text: string, ...values: readonly unknown[]): Promise<Row[]>
  exec(text: string): Promise<void>
  /** Closes the connection after the running statement. Never rejects. */
  close(): Promise<void>
}

/**
 * Opens a database. `busyMs` is how long a statement waits for the lock of another connection before it fails with
 * `SQLITE_BUSY`.
 */
export async function openDatabase(file: string, { create, busyMs }: { create: boolean; busyMs: number }) {
  const sqlite = requireDriver('sqlite3') as Sqlite
  const mode = create ? sqlite.OPEN_READWRITE + sqlite.OPEN_CREATE : sqlite.OPEN_READWRITE
  const raw = await new Promise<RawDatabase>((resolve, reject) => {
    const made: RawDatabase = new sqlite.Database(file, mode, (error) => (error ? reject(error) : resolve(made)))
  })
  raw.configure('busyTimeout', busyMs)
  const database: Database = {
    all: (text, ...values) => settled((done) => raw.all(text, values, done)),
    exec: (text) => settled((done) => raw.exec(text, done)).then(() => undefined),
    // Closing fails only for a connection that is already closed.
    close: () => new Promise((resolve) => raw.close(() => resolve())),
  }
  return database
}

function settled(begin: (done: Done) => void): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    begin((error, rows = []) => (error ? reject(error) : resolve(rows)))
  })
}
