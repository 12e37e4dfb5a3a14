import path from 'node:path'
import type { Home } from '../../core/home.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import { readTrust, refuseDistrusted } from '../../installer/trust-file.ts'
import type { SigningKey } from '../../package/keys.ts'
import { type NamedSource, nameSources, prepareUploads } from '../../package/prepare-upload.ts'
import { refuseMissing } from '../registries/open-registry.ts'
import { requireWriter } from '../registries/registry-parts.ts'
import { NO_REGISTRY, withRegistries } from '../registries/registries.ts'
import { namedKey, signingKey } from '../registries/signing-key.ts'
import type { Session } from '../session.ts'
import { planPublication } from './plan-publication.ts'
import { requirePublishable } from './publishable.ts'

export interface PublishOptions {
  /** folders or archives; by default the session's folder */
  sources?: readonly string[]
  /** the id of the signing key, or the beginning of it */
  key?: string | undefined
  /** gitignore patterns of files to pack although they look like secrets */
  allow?: readonly string[]
  /** first run the tests of the packages; true by default */
  test?: boolean | undefined
  /** report what would be published without signing or sending anything */
  dryRun?: boolean
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/** What was published, or would be. */
export type PublishResult = Awaited<ReturnType<typeof publish>>

/**
 * Signs packages and publishes all of them, or none.
 * @throws CpmError MANIFEST_INVALID, TESTS_FAILED, VERSION_EXISTS, OWNER_MISMATCH, KEY_NOT_FOUND, POLICY_REFUSED,
 * AUTH_REQUIRED and others (docs/errors.md)
 */
export async function publish(session: Session, options: PublishOptions = {}) {
  const { sources = [], key: keyId, allow = [], test = true, dryRun = false, ...flags } = options
  const { cwd, emit, pool } = session
  const paths = (sources.length > 0 ? sources : ['.']).map((source) => path.resolve(cwd, source))
  const named = await nameSources(paths, pool)
  return await withRegistries(session, { ...flags, make: !dryRun }, async (registries, settings) => {
    const names = named.map(({ name }) => name)
    // Checking a thousand packages takes a while, and would be in vain.
    refuseMissing(registries.addressOfAll(names), settings)
    const ready = await mapConcurrently(named, pool.parallel, async (source): Promise<NamedSource> => ({
      ...source,
      plan: await requirePublishable(session, source, { allow, test }),
    }))
    if (dryRun) {
      const registry = await registries.findAll(names)
      const packages = await planPublication(ready, registry, pool)
      const place = registry?.label ?? registries.addressOfAll(names).place
      return { registry: registry?.id ?? NO_REGISTRY, place, key: undefined, dryRun, packages }
    }
    const lockTimeout = session.lockTimeout(settings, flags.lockTimeout)
    const home = session.home(settings)
    const isRemote = registries.addressOfAll(names).kind === 'http'
    const keyOptions = { id: keyId, folder: home.keys, lockTimeout, isRemote }
    // A named key that can't be used fails at once. A new key is created only after the server has answered.
    let key = isRemote ? namedKey(session, keyOptions) : await signingKey(session, keyOptions)
    if (key) refuseToSign(home, key)
    const registry = await registries.ofAll(names)
    const packages = await requireWriter(registry).publish(async (folder) => {
      key ??= await signingKey(session, keyOptions)
      refuseToSign(home, key)
      return await prepareUploads(ready, folder, { pool, key, allow, home, emit })
    })
    return { registry: registry.id, place: registry.label, key: key?.id ?? '', dryRun, packages }
  })
}

/** Refuses a key that the user distrusts. Its holder could not install what it signs. @throws CpmError POLICY_REFUSED */
function refuseToSign({ trust }: Home, { id }: SigningKey): void {
  refuseDistrusted(readTrust(trust), id, 'sign with another of your keys (cpm key list): cpm publish --key <id>')
}
