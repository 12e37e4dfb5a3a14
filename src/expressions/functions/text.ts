import type { Spend } from '../budget.ts'

/** Strings by code points rather than UTF-16 code units. */

/** The code points of a string. */
export function pointsOf(text: string): string[] {
  return Array.from(text)
}

const PAIRED = /[\ud800-\udfff]/

export function lengthOf(text: string): number {
  return PAIRED.test(text) ? pointsOf(text).length : text.length
}

/** The part between two indexes; undefined if they are out of range. */
export function slice(text: string, from: bigint, to: bigint | undefined, spend: Spend): string | undefined {
  spend(text.length / 16)
  const isPaired = PAIRED.test(text)
  if (isPaired) spend(text.length)
  const points = isPaired ? pointsOf(text) : undefined
  const length = points?.length ?? text.length
  const end = to ?? BigInt(length)
  if (from < 0n || end < from || end > BigInt(length)) return undefined
  if (!points) return text.slice(Number(from), Number(end))
  return points.slice(Number(from), Number(end)).join('')
}

/** The UTF-16 offset of a code point; undefined past the end. */
export function offsetOf(text: string, point: bigint): number | undefined {
  if (point < 0n || point > BigInt(text.length)) return undefined
  if (!PAIRED.test(text)) return Number(point)
  const points = pointsOf(text)
  return point > BigInt(points.length) ? undefined : points.slice(0, Number(point)).join('').length
}

/** The code point index of a UTF-16 offset. */
export function pointOf(text: string, offset: number): bigint {
  return BigInt(offset < 0 ? -1 : lengthOf(text.slice(0, offset)))
}

/** Replaces lone surrogates, which no encoding can represent. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
