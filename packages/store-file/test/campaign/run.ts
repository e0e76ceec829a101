import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The last line of a campaign. */
export interface CampaignResult {
  readonly wrong: number
  readonly leftovers?: number
  /** How many system calls were struck. */
  readonly positions?: number
  readonly acknowledged?: number
  readonly examples: readonly unknown[]
}

/** Runs a campaign of this directory in a process of its own. */
export async function campaign(name: 'faults' | 'kills', ...args: string[]): Promise<CampaignResult> {
  const script = join(import.meta.dirname, `${name}.mjs`)
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args])
  return JSON.parse(stdout) as CampaignResult
}
