import { platformOf } from './platform-name.mjs'

/** Optional dependencies that a package of the lock requires and the lock lacks. `npm ci` of npm 11 refuses such a lock. */
export function missingOptional(lock) {
  const missing = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!isLocked(lock, path, name)) missing.push({ name, version, parent: path, dev: entry.dev === true })
    }
  }
  return missing
}

/** Copies the lock and adds the missing entries in the form of npm. Throws for a name without a platform. */
export function completed(lock) {
  const packages = { ...lock.packages }
  for (const { name, version, parent, dev } of missingOptional(lock)) {
    packages[`node_modules/${name}`] = entryFor(name, version, parent, dev)
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

/** Entries with the address from which they were fetched. Such a lock works only where that address can be reached. */
export function hostedEntries(lock) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => typeof entry.resolved === 'string' && entry.resolved.includes(':'))
    .map(([path]) => path)
}

/** Entries of the registry without a hash. npm would install whatever the registry gives it under that name. */
export function entriesWithoutIntegrity(lock) {
  return fromRegistry(lock)
    .filter(([, entry]) => entry.integrity === undefined)
    .map(([path]) => path)
}

/** Licences that ask for no more than a notice. */
const LICENCES = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])

/** A sentence for each package that users install and that has another licence, or a script that npm runs when it installs it. */
export function unwelcomeInProduction(lock) {
  return fromRegistry(lock)
    .filter(([, entry]) => !entry.dev && !entry.devOptional)
    .flatMap(([path, { license = 'none', hasInstallScript }]) => [
      ...(LICENCES.has(license) ? [] : [`${path}: its licence is ${license}`]),
      ...(hasInstallScript ? [`${path}: npm runs a script when it installs it`] : []),
    ])
}

function fromRegistry(lock) {
  return Object.entries(lock.packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
}

function entryFor(name, version, parent, dev) {
  const platform = platformOf(name)
  if (!platform || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${version}, wanted by ${parent}: add it to package-lock.json by hand`)
  }
  const { os, cpu, libc } = platform
  return { version, cpu, ...(dev && { dev: true }), ...(libc && { libc }), optional: true, os }
}

// Node looks for a package in the nearest node_modules directory, then in those above it, up to that of the root.
function isLocked(lock, path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at ? `${at}/` : ''}node_modules/${name}` in lock.packages) return true
    if (!at.includes('/node_modules/')) return `node_modules/${name}` in lock.packages
  }
}
