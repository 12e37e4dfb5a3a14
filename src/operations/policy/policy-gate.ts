import type { Lock, LockedRelease } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Settings } from '../../core/config.ts'
import type { Candidate, News, PackageDocument } from '../../core/ports.ts'
import { releasesOf } from '../../installer/lock-entries.ts'
import type { ReleaseRules, Replacement } from '../../installer/release-rules.ts'
import type { ReleaseFacts } from '../../policy/facts.ts'
import { isRefused, type PolicyFinding } from '../../policy/finding.ts'
import type { Layer } from '../../policy/layer.ts'
import { levelOf } from '../../policy/levels.ts'
import { declaredLicense } from '../../package/license.ts'
import { milliseconds, requiredAge } from '../../policy/release-age.ts'
import { refusalOf } from '../../policy/refusal.ts'
import { isLoopback } from '../../registry-client/registry-url.ts'
import type { Registries } from '../registries/registries.ts'
import type { Session } from '../session.ts'
import type { OwnKeys } from './own-keys.ts'

interface GateParts {
  session: Session
  settings: Settings
  registries: Registries
  /** don't contact other machines */
  offline?: boolean
}

type Documents = ReadonlyMap<PackageName, PackageDocument | null>

/** Collects the facts about releases, has them judged, and refuses what the rules refuse. */
export class PolicyGate implements ReleaseRules {
  readonly #parts: GateParts
  #layers: Promise<readonly Layer[]> | undefined
  #own: OwnKeys | undefined

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** The rules in force. They are read when the first release is to be judged. */
  layers(): Promise<readonly Layer[]> {
    return (this.#layers ??= this.#load())
  }

  async #load(): Promise<readonly Layer[]> {
    const { session, settings, offline = false } = this.#parts
    if (!settings.policies) return []
    const { loadPolicy } = await import('./load-policy.ts')
    return await loadPolicy(session, { settings, offline })
  }

  /** Marks the versions that the rules refuse, so that the resolver chooses others and can explain why. */
  async govern(documents: Documents): Promise<Documents> {
    const layers = await this.layers()
    const governed = [...documents].map(async ([name, document]) => {
      const isFree = layers.length === 0 && !this.#registryOf(name).isElsewhere
      return [name, document && !isFree ? await this.#governed(document, layers) : document] as const
    })
    return new Map(await Promise.all(governed))
  }

  async #governed({ name, candidates }: PackageDocument, layers: readonly Layer[]): Promise<PackageDocument> {
    const registry = this.#registryOf(name)
    const judged = candidates.map(async (candidate) => {
      if (candidate.refusal !== undefined || this.#isPlain({ name, registry, ...candidate }, layers)) return candidate
      const findings = await this.judge({ name, registry, ...factsOf(candidate) })
      const refused = findings.filter(isRefused).map(({ fact }) => fact)
      return refused.length === 0 ? candidate : { ...candidate, refusal: refused.join(', and ') }
    })
    return { name, candidates: await Promise.all(judged) }
  }

  /** Whether no rule can refuse a release: most users have no rule but the default age, and most releases are older. */
  #isPlain(facts: Pick<ReleaseFacts, 'name' | 'registry' | 'publishedAt'>, layers: readonly Layer[]): boolean {
    if (layers.length > 0) return false
    const age = milliseconds(requiredAge(facts, layers).age)
    return !(Date.parse(facts.publishedAt ?? '') + age > this.#now().getTime())
  }

  async checkLock(lock: Lock, news: News): Promise<void> {
    const findings = await this.findingsIn(lock, news, { onlyRefused: true })
    const outdated = findings.find((finding) => isRefused(finding) && finding.rule !== 'registries')
    throwIf(refusalOf(findings, outdated && `cpm update ${outdated.name}`))
  }

  /** Returns what the rules say about the releases in a lock. */
  async findingsIn(lock: Lock, news: News, { onlyRefused = false } = {}): Promise<PolicyFinding[]> {
    const layers = await this.layers()
    const hasRegistries = layers.some(({ policy }) => policy.registries !== undefined)
    const judged = releasesOf(lock).map(async ([name, { version, registry: id }]) => {
      const registry = this.#registryOf(name)
      const found = news.of.get(name)
      if (onlyRefused && this.#isPlain({ name, registry, publishedAt: found?.publishedAt }, layers)) return []
      const ofName = hasRegistries ? await this.#parts.registries.registryOf(name) : id
      // A release of another registry than the one that has the name now is known only by the id in the lock.
      const from = ofName === id ? { ...registry, id } : { ...registry, place: `the registry ${id}`, id }
      return await this.judge({
        name,
        version,
        registry: from,
        publishedAt: found?.publishedAt,
        status: found?.status,
      })
    })
    return (await Promise.all(judged)).flat()
  }

  async checkManifests(lock: Lock, folderOf: (locked: LockedRelease) => string | undefined): Promise<void> {
    throwIf(refusalOf(await this.findingsInManifests(lock, folderOf)))
  }

  /** Returns what the rules say about the licenses of unpacked packages. */
  async findingsInManifests(
    lock: Lock,
    folderOf: (locked: LockedRelease) => string | undefined,
  ): Promise<PolicyFinding[]> {
    const layers = await this.layers()
    if (!layers.some(({ policy }) => policy.licenses !== undefined)) return []
    const [{ judge }, { checkPackageManifest, readManifestBytes }] = await Promise.all([
      import('../../policy/judge.ts'),
      import('../../package/manifest.ts'),
    ])
    return releasesOf(lock).flatMap(([name, locked]) => {
      const folder = folderOf(locked)
      if (folder === undefined) return []
      const { manifest } = checkPackageManifest(`${name}/colony.yaml`, readManifestBytes(folder), {
        unknownKeys: 'tolerate',
      })
      const facts = {
        name,
        version: locked.version,
        registry: this.#registryOf(name),
        license: declaredLicense(manifest),
      }
      return judge(facts, layers, this.#now()).filter(({ rule }) => rule === 'licenses')
    })
  }

  async checkReplacements(replacements: readonly Replacement[]): Promise<void> {
    const own = await this.#ownKeys()
    const changed = replacements.filter(
      ({ signers, ownersBefore }) =>
        signers.length > 0 && !signers.some((key) => ownersBefore.includes(key) || own.has(key)),
    )
    if (changed.length === 0) return
    const [layers, { judge }] = await Promise.all([this.layers(), import('../../policy/judge.ts')])
    const findings = changed.flatMap(({ name, version, signers }) => {
      const facts = { name, version, registry: this.#registryOf(name), newSigners: signers }
      return judge(facts, layers, this.#now()).filter(({ rule }) => rule === 'signerChange')
    })
    throwIf(refusalOf(findings, `cpm owner list ${findings.find(isRefused)?.name ?? ''}`))
    for (const { code, name, version, fact, waiver } of findings)
      if (!waiver) this.#parts.session.emit({ type: 'warning', code, message: `${name}@${version} ${fact}`, hint: `cpm owner list ${name}` }) // prettier-ignore
  }

  /** Checks packages before they are published. @throws CpmError LICENSE_REFUSED, REGISTRY_REFUSED, POLICY_REFUSED */
  async checkPublication(manifests: readonly PackageManifest[]): Promise<void> {
    const layers = await this.layers()
    if (layers.length === 0) return
    const { judge } = await import('../../policy/judge.ts')
    const findings = manifests.flatMap((manifest) => {
      const { name, version } = manifest
      const facts = { name, version, registry: this.#registryOf(name), license: declaredLicense(manifest) }
      return judge(facts, layers, this.#now())
    })
    throwIf(refusalOf(findings))
  }

  async unspoken(): Promise<ReadonlySet<'yanked' | 'deprecated'>> {
    const layers = await this.layers()
    return new Set((['yanked', 'deprecated'] as const).filter((rule) => levelOf(rule, layers).level === 'allow'))
  }

  mayExpire(): boolean {
    const { policies = [] } = this.#parts.settings
    return policies.some(({ policy }) => policy.extends !== undefined || policy.waivers !== undefined)
  }

  /** Judges a release, and looks who signed it if that matters. */
  async judge(facts: ReleaseFacts): Promise<PolicyFinding[]> {
    const [layers, { judge }] = await Promise.all([this.layers(), import('../../policy/judge.ts')])
    const findings = judge(facts, layers, this.#now())
    const isYoung = findings.some(({ rule }) => rule === 'minimumReleaseAge')
    if (!isYoung || !(await (await this.#ownKeys()).signed(facts))) return findings
    return findings.filter(({ rule }) => rule !== 'minimumReleaseAge')
  }

  async #ownKeys(): Promise<OwnKeys> {
    const { session, settings, registries } = this.#parts
    const { OwnKeys } = await import('./own-keys.ts')
    return (this.#own ??= new OwnKeys(session, session.home(settings).keys, registries))
  }

  #registryOf(name: PackageName): ReleaseFacts['registry'] {
    const { place, kind } = this.#parts.registries.addressOf(name)
    if (kind !== 'http') return { place, kind: 'folder', isElsewhere: false }
    return { place, kind: 'server', isElsewhere: !(URL.canParse(place) && isLoopback(new URL(place))) }
  }

  #now(): Date {
    return this.#parts.session.now()
  }
}

function factsOf(candidate: Candidate): Pick<ReleaseFacts, 'version' | 'publishedAt' | 'status'> {
  const { version, publishedAt, yanked, yankReason = null, deprecated = false, deprecationReason = null } = candidate
  return { version, publishedAt, status: { yanked, yankReason, deprecated, deprecationReason } }
}

function throwIf(error: Error | undefined): void {
  if (error) throw error
}
