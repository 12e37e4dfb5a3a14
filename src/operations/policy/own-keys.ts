import type { KeyId } from '../../schema/digest.ts'
import { namesIn } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import type { ArtifactSource, Release } from '../../core/ports.ts'
import { keyFromEnv } from '../../package/keys.ts'
import { readEnvelope } from '../../package/signed-envelope.ts'
import type { Session } from '../session.ts'

/** The user's own signing keys, for rules that spare the user's own releases. */
export class OwnKeys {
  readonly #ids: ReadonlySet<string>
  readonly #source: Pick<ArtifactSource, 'offers'>

  constructor({ env }: Pick<Session, 'env'>, folder: string, source: Pick<ArtifactSource, 'offers'>) {
    const files = namesIn(folder).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? [])
    this.#ids = new Set([...files, ...envKey(env)])
    this.#source = source
  }

  has(key: KeyId): boolean {
    return this.#ids.has(key)
  }

  /** Whether one of the keys signed a release. Asks the registry for the signature; the caller proves the rest later. */
  async signed({ name, version }: Release): Promise<boolean> {
    if (this.#ids.size === 0) return false
    try {
      const [offer] = await this.#source.offers([{ name, version }])
      if (!offer) return false
      const { statement, signers } = readEnvelope(offer.envelope, `${name}@${version}`, { allowUnsigned: true })
      const { predicate } = statement
      return predicate.name === name && predicate.version === version && signers.some((key) => this.has(key))
    } catch (error) {
      if (!(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
      return false
    }
  }
}

/** A key that can't be read signs nothing here; the command that signs reports it. */
function envKey(env: Session['env']): KeyId[] {
  try {
    const key = keyFromEnv(env)
    return key ? [key.id] : []
  } catch {
    return []
  }
}
