const SYSTEMS = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
}

const PROCESSORS = {
  64: 'x64',
  aarch64: 'arm64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  mips64el: 'mips64el',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
}

const LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/** The platform in the name of a package: `cli-linux-x64-musl` → os linux, cpu x64, libc musl. Undefined if there is none. */
export function platformOf(name) {
  const words = name.slice(name.indexOf('/') + 1).split('-')
  const os = pick(words, SYSTEMS)
  const cpu = pick(words, PROCESSORS)
  if (os === undefined || cpu === undefined) return undefined
  const libc = os === 'linux' ? pick(words, LIBRARIES) : undefined
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) }
}

function pick(words, table) {
  const word = words.find((candidate) => Object.hasOwn(table, candidate))
  return word === undefined ? undefined : table[word]
}
