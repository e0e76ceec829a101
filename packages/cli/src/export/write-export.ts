import { createHash } from 'node:crypto'
import { FORMAT } from './format.ts'

/** What an export wrote. */
export interface Written {
  readonly count: number
  readonly digest: string
}

/** Writes an export: the header with `begin()`, a line for each record with `add()`, and then the trailer with `end()`. */
export function createExport(
  write: (text: string) => Promise<void>,
  about: { readonly store: string; readonly poolId: string | undefined; readonly at: number },
) {
  const hash = createHash('sha256')
  let count = 0
  const put = async (value: object) => {
    const text = `${JSON.stringify(value)}\n`
    hash.update(text)
    await write(text)
  }
  return {
    begin: () => put({ sessionkeep: 'export', format: FORMAT, ...about }),
    async add(name: string, record: unknown): Promise<void> {
      count += 1
      await put({ name, record })
    },
    async end(): Promise<Written> {
      const digest = `sha256:${hash.digest('hex')}`
      await write(`${JSON.stringify({ sessionkeep: 'end', count, digest })}\n`)
      return { count, digest }
    },
  }
}
