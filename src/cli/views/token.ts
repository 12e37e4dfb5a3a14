import type { TokenSummary } from '../../schema/token.ts'
import { oneLine } from '../../core/printable.ts'
import type { Style } from '../terminal/style.ts'

/** What a token may do, for people. */
export function renderToken({ name, scopes, packages, expiresAt }: TokenSummary, style: Style): string {
  const names = packages.includes('*' as (typeof packages)[number]) ? 'all packages' : packages.join(', ')
  return [
    `token ${style('bold', oneLine(name))}`,
    `  may      ${scopes.join(', ')}`,
    `  for      ${names}`,
    `  until    ${expiresAt}`,
  ].join('\n')
}
