import { createHash } from 'node:crypto'
import path from 'node:path'
import { Policy, type PolicySource } from '../../schema/policy.ts'
import { readIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import type { Settings } from '../../core/config.ts'
import { CpmError, ifPossible } from '../../core/errors.ts'
import { StagingArea } from '../../core/staging.ts'
import { readUserFile } from '../../core/user-files.ts'
import { problemsError, readYaml } from '../../core/yaml.ts'
import type { Layer } from '../../policy/layer.ts'
import type { Session } from '../session.ts'

const MOST_BYTES = 256 * 1024
const DEEPEST = 8
const MOST_FILES = 32

/**
 * Returns the rules in force: those in the settings, and those that they extend. A policy that can't be read never
 * counts as none.
 * @throws CpmError POLICY_UNAVAILABLE, CONFIG_INVALID
 */
export async function loadPolicy(
  session: Session,
  { settings, offline }: { settings: Settings; offline: boolean },
): Promise<readonly Layer[]> {
  const layers: Layer[] = []
  const parts = { session, settings, offline, layers }
  for (const layer of settings.policies ?? []) await addWithExtended(layer, [layer.origin], parts)
  return layers
}

interface LoadParts {
  session: Session
  settings: Settings
  /** don't contact other machines */
  offline: boolean
  layers: Layer[]
}

async function addWithExtended(layer: Layer, via: readonly string[], parts: LoadParts): Promise<void> {
  parts.layers.push(layer)
  if (parts.layers.length > MOST_FILES) throw unavailable(via, `more than ${MOST_FILES} policies extend each other`)
  for (const source of layer.policy.extends ?? []) {
    const place = placeOf(source, via)
    if (via.includes(place)) throw unavailable([...via, place], 'a policy extends itself')
    if (via.length > DEEPEST) throw unavailable(via, `policies extend each other more than ${DEEPEST} times`)
    const policy = parsePolicy(place, await bytesOf(source, place, parts))
    await addWithExtended({ origin: place, isUsers: true, policy }, [...via, place], parts)
  }
}

/** Returns the absolute path or the URL of a policy. A file is relative to the file that names it. */
function placeOf(source: PolicySource, via: readonly string[]): string {
  if ('url' in source) return source.url
  const from = via.at(-1) ?? ''
  if (isUrl(from)) throw unavailable(via, `a policy from a server can't extend a file (${source.file})`)
  return path.resolve(path.dirname(from), source.file)
}

function isUrl(place: string): boolean {
  return /^https?:\/\//.test(place)
}

async function bytesOf(source: PolicySource, place: string, parts: LoadParts): Promise<Uint8Array> {
  try {
    return 'url' in source ? await hostedPolicy(source, parts) : readUserFile(place, MOST_BYTES)
  } catch (error) {
    if (!(error instanceof CpmError) || ['INTERRUPTED', 'POLICY_UNAVAILABLE'].includes(error.code)) throw error
    throw new CpmError('POLICY_UNAVAILABLE', `the policy ${place} can't be read: ${error.message}`, {
      hint: error.hint,
      cause: error,
    })
  }
}

function parsePolicy(place: string, bytes: Uint8Array): Policy {
  const { yaml, problems } = readYaml(place, bytes)
  if (!yaml) throw problemsError('CONFIG_INVALID', "the policy can't be read:", problems)
  const result = Policy.safeParse(yaml.data ?? {})
  if (result.success) return result.data
  const wrong = result.error.issues.map(({ path: at, message }) => {
    const keys = at.filter((step) => typeof step !== 'symbol')
    return { file: place, ...yaml.locate(keys), message: [...keys, message].join(' ') }
  })
  throw problemsError('CONFIG_INVALID', 'the policy is not valid:', wrong)
}

/** Returns a policy that an organization hosts: the copy on this machine if its digest matches, or else a new one. */
async function hostedPolicy(source: { url: string; digest: string }, parts: LoadParts): Promise<Uint8Array> {
  const { cache } = parts.session.home(parts.settings)
  const file = path.join(cache, 'policies', `${source.digest.replace(':', '-')}.yaml`)
  const kept = readIfThere(file)
  if (kept && sha256(kept) === source.digest) return kept
  if (parts.offline)
    throw new CpmError('POLICY_UNAVAILABLE', `the policy ${source.url} is not on this machine, and cpm is offline`, {
      hint: 'run the command once without --offline',
    })
  const staging = new StagingArea(path.join(cache, 'tmp'))
  try {
    const bytes = await fetchPolicy(source.url, staging, parts)
    const found = sha256(bytes)
    if (found !== source.digest)
      throw new CpmError(
        'POLICY_UNAVAILABLE',
        `the policy ${source.url} has the digest ${found}, not ${source.digest}`,
        {
          hint: 'ask its operator for the current digest',
        },
      )
    ifPossible(() => {
      writeFileAtomic(file, bytes, { durable: false, temporary: staging.temporary() })
    })
    return bytes
  } finally {
    staging.sweep()
  }
}

async function fetchPolicy(url: string, staging: StagingArea, { session, settings }: LoadParts): Promise<Uint8Array> {
  const { openHttpBlobs } = await import('../../registry-client/http-registry.ts')
  const blobs = openHttpBlobs(new URL('.', url).href, {
    network: settings.network ?? {},
    credentials: session.home(settings).credentials,
    env: session.env,
    // A policy needs no token, so none is sent.
    trusted: false,
    insecure: false,
    redirects: 'as far inside as the registry',
    staging,
    cpmVersion: session.cpmVersion,
    signal: session.signal,
  })
  try {
    const bytes = await blobs.get(url.slice(url.lastIndexOf('/') + 1), { maxBytes: MOST_BYTES })
    if (bytes) return bytes
    throw new CpmError('POLICY_UNAVAILABLE', `there is no policy at ${url}`)
  } finally {
    await blobs.close()
  }
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function unavailable(via: readonly string[], fact: string): CpmError {
  return new CpmError('POLICY_UNAVAILABLE', `${fact}: ${via.join(' -> ')}`)
}
