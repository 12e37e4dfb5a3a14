import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { styleText } from 'node:util'

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Formats a string; without colors, returns it unchanged. */
export type Style = (format: Format, text: string) => string

/** Returns whether a stream gets colors: NO_COLOR and FORCE_COLOR decide, otherwise whether it is a terminal. */
export function wantsColor(stream: { isTTY?: boolean }, env: EnvironmentVariables): boolean {
  if (env.get('NO_COLOR') !== undefined) return false
  const forced = env.get('FORCE_COLOR')
  if (forced !== undefined) return !['0', 'false'].includes(forced)
  return stream.isTTY === true && env.get('TERM') !== 'dumb'
}

export function styleFor(color: boolean): Style {
  return color ? (format, text) => styleText(format, text, { validateStream: false }) : (_, text) => text
}
