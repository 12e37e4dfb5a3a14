import { z } from 'zod'

/** Any JSON data; a float without a fraction is a Number object, so that it stays a float. */
export const Json: z.ZodType = z.unknown().refine(isJson, 'must be JSON data')

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number' || value instanceof Number) return Number.isFinite(Number(value))
  if (Array.isArray(value)) return value.every(isJson)
  return typeof value === 'object' && Object.values(value).every(isJson)
}
