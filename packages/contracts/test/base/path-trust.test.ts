import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pathTrust } from '../../src/base/path-trust.ts'

const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const clean = { fault: undefined, doubts: [] }

/** A directory with `a/b/file`, which only this user may write. */
function makeTree(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'sk-trust-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'a/b'), { recursive: true, mode: 0o755 })
  writeFileSync(join(directory, 'a/b/file'), '', { mode: 0o644 })
  return directory
}

test('trusts a file of this user below the sticky directory of all temporary files', async () => {
  const file = join(makeTree(), 'a/b/file')
  expect(await pathTrust(file)).toEqual({ real: file, ...clean })
})

test.each(['a/b/file', 'a/b'])('refuses %s when everybody may write it', async (name) => {
  const path = join(makeTree(), name)
  chmodSync(path, 0o777)
  const { fault } = await pathTrust(path)
  expect(fault).toBe(`${path} can be written to by every user; run: chmod go-w '${path}'`)
})

test.each([0o777, 0o1777])('refuses a file in a directory that everybody may write, mode %o', async (mode) => {
  const tree = makeTree()
  chmodSync(join(tree, 'a/b'), mode)
  expect((await pathTrust(join(tree, 'a/b/file'))).fault).toContain(
    `${join(tree, 'a/b')} can be written to by every user`,
  )
})

test('doubts a directory above that others may write, except a sticky one', async () => {
  const tree = makeTree()
  chmodSync(join(tree, 'a'), 0o777)
  const { fault, doubts } = await pathTrust(join(tree, 'a/b/file'))
  expect(fault).toBeUndefined()
  expect(doubts).toEqual([expect.stringContaining(`${join(tree, 'a')} can be written to by every user`)])
  chmodSync(join(tree, 'a'), 0o1777)
  expect(await pathTrust(join(tree, 'a/b/file'))).toMatchObject(clean)
})

test('follows links, and gives the path without them', async () => {
  const tree = makeTree()
  symlinkSync('a/../a', join(tree, 'relative'))
  symlinkSync(join(tree, 'relative/b'), join(tree, 'absolute'))
  expect(await pathTrust(join(tree, 'absolute/file'))).toEqual({ real: join(tree, 'a/b/file'), ...clean })
  chmodSync(join(tree, 'a'), 0o777)
  expect((await pathTrust(join(tree, 'absolute/file'))).doubts).toHaveLength(1)
})

test('looks at what exists of a path that is still to be made', async () => {
  const tree = makeTree()
  const path = join(tree, 'a/new/directory')
  expect(await pathTrust(path, { mayBeMissing: true })).toEqual({ real: path, ...clean })
  chmodSync(join(tree, 'a'), 0o777)
  expect((await pathTrust(path, { mayBeMissing: true })).doubts).toHaveLength(1)
  expect((await pathTrust(join(tree, 'a/new'), { mayBeMissing: true })).fault).toBeUndefined()
  await expect(pathTrust(path)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('rejects with the error of the file system for what does not exist and for a circle of links', async () => {
  const tree = makeTree()
  symlinkSync('y', join(tree, 'x'))
  symlinkSync('x', join(tree, 'y'))
  await expect(pathTrust(join(tree, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(pathTrust(join(tree, 'x'))).rejects.toMatchObject({ code: 'ELOOP' })
})

test.skipIf(!isRoot).each([['a/b/file'], ['a/b'], ['a'], ['']])(
  'refuses a path with a part of another user: "%s"',
  async (part) => {
    const tree = makeTree()
    chownSync(join(tree, part), NOBODY, NOBODY)
    const { fault } = await pathTrust(join(tree, 'a/b/file'))
    expect(fault).toContain(`${join(tree, part)} belongs to user ${NOBODY}, and this is user 0`)
    expect(await pathTrust(join(tree, 'a/b/file'), { owners: [NOBODY] })).toMatchObject(clean)
  },
)

test.skipIf(!isRoot)("refuses another user's link to a file of this user", async () => {
  const tree = makeTree()
  symlinkSync('a', join(tree, 'link'))
  lchownSync(join(tree, 'link'), NOBODY, NOBODY)
  expect((await pathTrust(join(tree, 'link/b/file'))).fault).toContain(
    `${join(tree, 'link')} belongs to user ${NOBODY}`,
  )
})

test.skipIf(!isRoot)('doubts what a group may write, except the group of root', async () => {
  const path = join(makeTree(), 'a/b')
  chmodSync(path, 0o770)
  expect(await pathTrust(path)).toMatchObject(clean)
  chownSync(path, 0, NOBODY)
  expect(await pathTrust(path)).toMatchObject({
    fault: undefined,
    doubts: [expect.stringContaining('by the group 65534')],
  })
})

const canMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0
test.skipIf(!canMount)('accepts what everybody may write on a read-only mount (needs root and mount)', async () => {
  const path = join(makeTree(), 'a')
  chmodSync(path, 0o777)
  execFileSync('mount', ['--bind', path, path])
  onTestFinished(() => {
    execFileSync('umount', [path])
  })
  expect((await pathTrust(path)).fault).toBeDefined()
  execFileSync('mount', ['-o', 'remount,bind,ro', path])
  expect(await pathTrust(path)).toMatchObject(clean)
})
