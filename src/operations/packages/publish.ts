import path from 'node:path'
import { mapConcurrently } from '../../core/concurrency.ts'
import { type NamedSource, nameSources } from '../../package/prepare-upload.ts'
import { PolicyGate } from '../policy/policy-gate.ts'
import { refuseMissing } from '../registries/open-registry.ts'
import { NO_REGISTRY, withRegistries } from '../registries/registries.ts'
import type { Session } from '../session.ts'
import { planPublication } from './plan-publication.ts'
import { runPublishHooks } from '../plugins/other-hooks.ts'
import { requirePublishable } from './publishable.ts'
import { publishReady } from './publish-ready.ts'

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
  const { cwd, pool } = session
  const paths = (sources.length > 0 ? sources : ['.']).map((source) => path.resolve(cwd, source))
  const named = await nameSources(paths, pool)
  return await withRegistries(session, { ...flags, make: !dryRun }, async (registries, settings) => {
    const names = named.map(({ name }) => name)
    // Checking a thousand packages takes a while, and would be in vain.
    refuseMissing(registries.addressOfAll(names), settings)
    const gate = new PolicyGate({ session, settings, registries })
    await gate.checkPublication(named.map(({ manifest }) => manifest))
    const ready = await mapConcurrently(named, pool.parallel, async (source): Promise<NamedSource> => ({
      ...source,
      plan: await requirePublishable(session, source, { allow, test }),
    }))
    if (dryRun) {
      const registry = await registries.findAll(names)
      const packages = await planPublication(ready, registry, pool)
      const place = registry?.label ?? registries.addressOfAll(names).place
      await runPublishHooks(session, ready, place)
      return { registry: registry?.id ?? NO_REGISTRY, place, key: undefined, dryRun, packages }
    }
    const parts = { registries, settings, key: keyId, allow, lockTimeout: flags.lockTimeout }
    return { ...(await publishReady(session, ready, parts)), dryRun }
  })
}
