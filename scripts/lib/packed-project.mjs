import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childEnvironment } from './environment.mjs'
import { publicPackages } from './packages.mjs'
import { root } from './root.mjs'
import { run } from './run.mjs'

/** The programs that use the packed packages as a user would. */
export const programs = () => readdirSync(programDirectory).sort()

const programDirectory = join(root, 'test', 'packed')

/**
 * Packs every public package and installs the tarballs in an empty project outside the repository, where the workspace
 * cannot be resolved. Returns its directory; the caller removes it with `remove()`.
 */
export async function makeProject() {
  const directory = mkdtempSync(join(tmpdir(), 'sessionkeep-packed-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  try {
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'empty', private: true }))
    const packages = publicPackages().map(({ directory: path }) => path)
    await npm(['pack', '--pack-destination', directory, ...packages], root)
    const tarballs = readdirSync(directory).filter((name) => name.endsWith('.tgz'))
    if (tarballs.length !== packages.length)
      throw new Error(`${packages.length} packages gave ${tarballs.length} tarballs`)
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock']
    await npm([...args, ...tarballs.map((name) => `./${name}`)], directory)
    cpSync(programDirectory, directory, { recursive: true })
    return { directory, remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function npm(args, cwd) {
  const { code, output } = await run('npm', args, { cwd, env: childEnvironment() })
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${output}`)
}
