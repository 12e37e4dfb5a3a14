import type { KeyId } from '../schema/digest.ts'
import type { NamePattern } from '../schema/token.ts'
import { Trust } from '../schema/trust.ts'
import { readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { parseJson, readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'

const NOTHING: Trust = { schemaVersion: 1, trusted: [], distrusted: [] }

/** @throws CpmError CONFIG_INVALID if the file is unreadable, rather than treat all keys as undecided */
export function readTrust(file: string): Trust {
  const text = readTextIfThere(file)
  if (text === undefined) return NOTHING
  const result = Trust.safeParse(parseJson(text, 'CONFIG_INVALID', file))
  if (result.success) return result.data
  throw new CpmError('CONFIG_INVALID', `${file} is not a valid trust file`, {
    hint: 'restore it, or remove it and repeat cpm key trust and cpm key distrust',
    cause: result.error,
  })
}

/** Records that a key may own names, and ends any distrust of it. */
export function trustKey(file: string, key: KeyId, packages: NamePattern, now: Date): Trust {
  return change(file, ({ trusted, distrusted }) => ({
    schemaVersion: 1,
    trusted: [
      ...trusted.filter((entry) => entry.key !== key || entry.packages !== packages),
      { key, packages, at: now.toISOString() },
    ],
    distrusted: distrusted.filter((entry) => entry.key !== key),
  }))
}

/** Records that signatures of a key don't count, and ends any trust in it. */
export function distrustKey(file: string, key: KeyId, now: Date): Trust {
  return change(file, ({ trusted, distrusted }) => ({
    schemaVersion: 1,
    trusted: trusted.filter((entry) => entry.key !== key),
    distrusted: [...distrusted.filter((entry) => entry.key !== key), { key, at: now.toISOString() }],
  }))
}

function change(file: string, edit: (trust: Trust) => Trust): Trust {
  const trust = edit(readTrust(file))
  writeFileAtomic(file, readableJson(trust), { mode: 0o600 })
  return trust
}
