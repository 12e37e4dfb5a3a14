import type { Home } from '../../core/home.ts'
import type { Settings } from '../../core/config.ts'
import { readTrust, refuseDistrusted } from '../../installer/trust-file.ts'
import type { SigningKey } from '../../package/keys.ts'
import { type NamedSource, prepareUploads } from '../../package/prepare-upload.ts'
import { requireWriter } from '../registries/registry-parts.ts'
import type { Registries } from '../registries/registries.ts'
import { namedKey, signingKey } from '../registries/signing-key.ts'
import { runPublishHooks } from '../plugins/other-hooks.ts'
import type { Session } from '../session.ts'

interface ReadyParts {
  registries: Registries
  settings: Settings
  /** the id of the signing key, or the beginning of it */
  key: string | undefined
  allow: readonly string[]
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/** Signs packages that passed all checks, and publishes all of them, or none, in the registry that they belong to. */
export async function publishReady(
  session: Session,
  ready: readonly NamedSource[],
  { registries, settings, key: keyId, allow, lockTimeout: seconds }: ReadyParts,
) {
  const { emit, pool } = session
  const names = ready.map(({ name }) => name)
  const lockTimeout = session.lockTimeout(settings, seconds)
  const home = session.home(settings)
  const isRemote = registries.addressOfAll(names).kind === 'http'
  const keyOptions = { id: keyId, folder: home.keys, lockTimeout, isRemote }
  // A named key that can't be used fails at once. A new key is created only after the server has answered.
  let key = isRemote ? namedKey(session, keyOptions) : await signingKey(session, keyOptions)
  if (key) refuseToSign(home, key)
  const registry = await registries.ofAll(names)
  await runPublishHooks(session, ready, registry.label)
  const packages = await requireWriter(registry).publish(async (folder) => {
    key ??= await signingKey(session, keyOptions)
    refuseToSign(home, key)
    return await prepareUploads(ready, folder, { pool, key, allow, home, emit })
  })
  return { registry: registry.id, place: registry.label, key: key?.id ?? '', packages }
}

/** Refuses a key that the user distrusts. Its holder could not install what it signs. @throws CpmError POLICY_REFUSED */
function refuseToSign({ trust }: Home, { id }: SigningKey): void {
  refuseDistrusted(readTrust(trust), id, 'sign with another of your keys (cpm key list): cpm publish --key <id>')
}
