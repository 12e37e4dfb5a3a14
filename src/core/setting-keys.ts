import { z } from 'zod'
import { Config } from '../schema/config.ts'
import { didYouMean } from './did-you-mean.ts'
import { CpmError } from './errors.ts'

/**
 * Reads a setting's key as a path: `registry.registries.work.url`. A part with other characters is in quotes, as in JSON.
 * @throws CpmError USAGE
 */
export function parseSettingKey(text: string): string[] {
  const parts = [...text.matchAll(/(?:^|\.)("(?:[^"\\]|\\.)+"|[^."]+)/g)]
  if (parts.map(([whole]) => whole).join('') !== text || text === '' || text.startsWith('.')) throw notAKey(text)
  return parts.map(([, part = '']) => (part.startsWith('"') ? unquoted(part, text) : part))
}

function unquoted(part: string, text: string): string {
  try {
    return JSON.parse(part) as string
  } catch {
    throw notAKey(text)
  }
}

function notAKey(text: string): CpmError {
  return new CpmError('USAGE', `${JSON.stringify(text)} is not the key of a setting`, { hint: HINT })
}

/** Writes a path as a key, on one line whatever its parts contain. */
export function settingKey(path: readonly string[]): string {
  return path.map((part) => (/^[\w@*/<>-]+$/.test(part) ? part : JSON.stringify(part))).join('.')
}

const HINT = 'cpm config list --all'

/**
 * Returns the schema of the setting at a path.
 * @throws CpmError USAGE if there is no such setting
 */
export function settingSchema(path: readonly string[]): z.ZodType {
  let schema: z.ZodType = Config
  path.forEach((part, index) => {
    const inner = unwrapped(schema)
    const next =
      inner instanceof z.ZodObject ? own(inner.shape, part) : inner instanceof z.ZodRecord ? inner.valueType : undefined
    // JavaScript reads and writes something else under this name.
    if (!next || part === '__proto__') throw unknownSetting(path, index, inner)
    schema = next as z.ZodType
  })
  return unwrapped(schema)
}

/** Returns the key of every setting; `<name>` stands for a name that the user chooses. */
export function settingKeys(schema: z.ZodType = Config, path: readonly string[] = []): string[] {
  const inner = unwrapped(schema)
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([key, value]) => settingKeys(value as z.ZodType, [...path, key]))
  if (inner instanceof z.ZodRecord) return settingKeys(inner.valueType as z.ZodType, [...path, '<name>'])
  return [settingKey(path)]
}

function unwrapped(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema
}

function own(shape: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(shape, key) ? shape[key] : undefined
}

function unknownSetting(path: readonly string[], index: number, parent: z.ZodType): CpmError {
  const known = parent instanceof z.ZodObject ? Object.keys(parent.shape) : []
  const meant = didYouMean(path[index] ?? '', known)
  return new CpmError('USAGE', `there is no setting ${settingKey(path.slice(0, index + 1))}${meant}`, { hint: HINT })
}
