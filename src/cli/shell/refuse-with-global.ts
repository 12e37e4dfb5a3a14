import { CpmError } from '../../core/errors.ts'

/** @throws CpmError USAGE for options that have no meaning outside of a project */
export function refuseWithGlobal(options: Readonly<Record<string, boolean>>): void {
  const used = Object.entries(options).find(([, isUsed]) => isUsed)
  if (used) throw new CpmError('USAGE', `${used[0]} can't be used with --global`)
}
