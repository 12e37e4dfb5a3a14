import type { KeyId } from '../schema/digest.ts'
import type { NamePattern } from '../schema/token.ts'
import { Trust } from '../schema/trust.ts'
import { readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { parseJson, readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'

const NOTHING: Trust = { schemaVersion: 1, trusted: [], distrusted: [] }

/** @throws CpmError CONFIG_INVALID: trust that can't be read is not taken for trust that was never given or withdrawn */
export function readTrust(file: string): Trust {
  const text = readTextIfThere(file)
  if (text === undefined) return NOTHING
  const result = Trust.safeParse(parseJson(text, 'CONFIG_INVALID', file))
  if (result.success) return result.data
  throw new CpmError('CONFIG_INVALID', `${file} does not hold decisions about keys`, {
    hint: 'restore it, or make the decisions again with cpm key trust and cpm key distrust',
    cause: result.error,
  })
}

/** Notes that a key may own names; a distrust of it ends. */
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

/** Notes that nothing signed by a key counts; what it was trusted for ends. */
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
