import { StoreError } from '@sessionkeep/core'
import type { Driver } from 'unstorage'

/** A driver by the name of its file. What it needs besides is not ours to install: the error says so. */
export async function loadDriver(name: string, options: object): Promise<Driver> {
  try {
    const { default: make } = (await import(`unstorage/drivers/${name}`)) as { default(options: object): Driver }
    return make(options)
  } catch (cause) {
    const message = `The driver "${name}" of unstorage cannot be used: are its name, its options and what it needs right?`
    throw new StoreError('STORE_MISCONFIGURED', message, { cause })
  }
}
