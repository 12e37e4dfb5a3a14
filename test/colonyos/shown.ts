import type { CpmResult } from '../rig/rig.ts'

/** Prints what a user sees, where somebody asks for it by CPM_SHOW=1: for notes on a version, and to read it as a user does. */
export function shown(
  what: string,
  command: string,
  { code, stdout, stderr }: Pick<CpmResult, 'code' | 'stdout' | 'stderr'>,
): void {
  if (process.env.CPM_SHOW !== '1') return
  const text = [`# ${what}`, `$ ${command}`, stderr, stdout, `(exit status ${code})`].filter(Boolean).join('\n')
  process.stdout.write(`${text}\n\n`)
}
