/** The anchor of a heading, as GitHub makes it, so that a link works in the repository and on the site. */
export function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
