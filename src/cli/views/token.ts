import type { TokenSummary } from '../../schema/token.ts'
import { oneLine } from '../../core/printable.ts'
import type { Style } from '../terminal/style.ts'

/** Describes what a token allows. */
export function renderToken({ name, scopes, packages, expiresAt }: TokenSummary, style: Style): string {
  const names = packages.includes('*' as (typeof packages)[number]) ? 'all packages' : packages.join(', ')
  return [
    `token ${style('bold', oneLine(name))}`,
    `  scopes   ${scopes.join(', ')}`,
    `  for      ${names}`,
    `  expires  ${expiresAt}`,
  ].join('\n')
}
