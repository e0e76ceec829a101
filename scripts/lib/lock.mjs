import { platformOf } from './platform-name.mjs'

/** Optional dependencies that some package of the lock names and the lock does not have: `npm ci` (npm 11) refuses it for each. */
export function missingOptional(lock) {
  const missing = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isLocked(lock, path, name)) missing.push({ name, version, parent: path, dev: entry.dev === true })
    }
  }
  return missing
}

/** A copy of the lock with those entries added, written as npm writes them. Throws for a name that does not tell its platform. */
export function completed(lock) {
  const packages = { ...lock.packages }
  for (const { name, version, parent, dev } of missingOptional(lock)) {
    packages[`node_modules/${name}`] = entryFor(name, version, parent, dev)
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

/** Entries that say from where they were fetched: such a lock works only where that place can be reached. */
export function hostedEntries(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => typeof entry.resolved === 'string' && entry.resolved.includes(':'))
    .map(([path]) => path)
}

function entryFor(name, version, parent, dev) {
  const platform = platformOf(name)
  if (!platform || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version}, wanted by ${parent}: add it to package-lock.json by hand`)
  }
  const { os, cpu, libc } = platform
  return { version, cpu, ...(dev && { dev: true }), ...(libc && { libc }), optional: true, os }
}

// As Node resolves: from the package's own node_modules outwards to the root's.
function isLocked(lock, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at ? `${at}/` : ''}node_modules/${name}` in lock.packages) return true
    if (!at.includes('/node_modules/')) return `node_modules/${name}` in lock.packages
  }
}
