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

/**
 * Records that a key may own names. Distrust applies to all packages, so trust for some of them doesn't end it.
 * @throws CpmError POLICY_REFUSED for a distrusted key
 */
export function trustKey(file: string, key: KeyId, packages: NamePattern, now: Date): Trust {
  return change(file, (trust) => {
    refuseDistrusted(trust, key, `to accept its signatures again: cpm key distrust ${key} --undo`)
    const others = trust.trusted.filter((entry) => entry.key !== key || entry.packages !== packages)
    return { ...trust, trusted: [...others, { key, packages, at: now.toISOString() }] }
  })
}

/** @throws CpmError POLICY_REFUSED */
export function refuseDistrusted({ distrusted }: Trust, key: KeyId, hint: string): void {
  if (!distrusted.some((entry) => entry.key === key)) return
  throw new CpmError('POLICY_REFUSED', `you distrust the key ${key}`, { hint, details: { key } })
}

/** Records that signatures of a key don't count, and ends any trust in it. */
export function distrustKey(file: string, key: KeyId, now: Date): Trust {
  return change(file, ({ trusted, distrusted }) => ({
    schemaVersion: 1,
    trusted: trusted.filter((entry) => entry.key !== key),
    distrusted: [...distrusted.filter((entry) => entry.key !== key), { key, at: now.toISOString() }],
  }))
}

/** Ends the distrust of a key. Trust that the distrust ended does not return. */
export function undoDistrust(file: string, key: KeyId): Trust {
  return change(file, (trust) => ({ ...trust, distrusted: trust.distrusted.filter((entry) => entry.key !== key) }))
}

function change(file: string, edit: (trust: Trust) => Trust): Trust {
  const trust = edit(readTrust(file))
  writeFileAtomic(file, readableJson(trust), { mode: 0o600 })
  return trust
}
