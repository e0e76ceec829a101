import { readFile } from 'node:fs/promises'

/**
 * Whether a group is root's, or the private group of this process's user: the user's own first group, to which nobody else belongs. Many
 * Linux systems give each user such a group and let it write everything. Only users and groups of /etc are known, so a group of
 * a directory service is never private.
 */
export async function isPrivateGroup(gid: number): Promise<boolean> {
  // Root, which has group 0, is trusted in any case. In a container of OpenShift, all programs have this group.
  if (gid === 0) return true
  if (process.platform !== 'linux') return false
  const [users, groups] = await Promise.all([rowsOf('/etc/passwd'), rowsOf('/etc/group')])
  const own = users.find(([, , uid]) => Number(uid) === process.geteuid?.())
  const group = groups.find(([, , id]) => Number(id) === gid)
  if (!own || !group || Number(own[3]) !== gid) return false
  const first = users.filter(([, , , id]) => Number(id) === gid).map(([name]) => name)
  const members = (group[3] ?? '').split(',').filter((name) => name !== '')
  return [...first, ...members].every((name) => name === own[0])
}

async function rowsOf(file: string): Promise<string[][]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').map((line) => line.split(':'))
}
