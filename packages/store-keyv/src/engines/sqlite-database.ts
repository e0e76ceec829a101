import { isBuiltin } from 'node:module'
import { isInstalled, requireDriver } from '../adapters.ts'
import type { Database, OpenOptions, Row } from './sqlite-connection.ts'
import { openInWorker } from './sqlite-worker.ts'

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

/**
 * Opens a database with `sqlite3` where that is installed, else with the module of Node.
 *
 * @throws `STORE_MISCONFIGURED` where there is neither
 */
export async function openDatabase(file: string, options: OpenOptions): Promise<Database> {
  if (!isInstalled('sqlite3') && hasOwnSqlite()) return await openInWorker(file, options)
  return await openWithPackage(file, options)
}

/** Whether this Node has `node:sqlite` without a flag. */
function hasOwnSqlite(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return isBuiltin('node:sqlite') && (major > 22 || (major === 22 && minor >= 13))
}

async function openWithPackage(file: string, { create, busyMs }: OpenOptions): Promise<Database> {
  const sqlite = requireDriver('sqlite3') as Sqlite
  const mode = create ? sqlite.OPEN_READWRITE + sqlite.OPEN_CREATE : sqlite.OPEN_READWRITE
  const raw = await new Promise<RawDatabase>((resolve, reject) => {
    const made: RawDatabase = new sqlite.Database(file, mode, (error) => (error ? reject(error) : resolve(made)))
  })
  raw.configure('busyTimeout', busyMs)
  return {
    all: (text, ...values) => settled((done) => raw.all(text, values, done)),
    exec: (text) => settled((done) => raw.exec(text, done)).then(() => undefined),
    // Closing fails only for a connection that is already closed.
    close: () => new Promise((resolve) => raw.close(() => resolve())),
  }
}

function settled(begin: (done: Done) => void): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    begin((error, rows = []) => (error ? reject(error) : resolve(rows)))
  })
}
