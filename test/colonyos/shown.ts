import type { CpmResult } from '../rig/rig.ts'

/** Prints what a user sees if CPM_SHOW=1 is set, for release notes and for reviews. */
export function shown(
  what: string,
  command: string,
  { code, stdout, stderr }: Pick<CpmResult, 'code' | 'stdout' | 'stderr'>,
): void {
  if (process.env.CPM_SHOW !== '1') return
  const text = [`# ${what}`, `$ ${command}`, stderr, stdout, `(exit status ${code})`].filter(Boolean).join('\n')
  process.stdout.write(`${text}\n\n`)
}
