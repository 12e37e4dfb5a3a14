import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { NamePattern, TOKEN_SCOPES, TokenSummary } from '../../src/schema/token.ts'
import { isThere, makeFolders, readTextIfThere, writeFileAtomic } from '../../src/core/atomic-file.ts'
import { readableJson } from '../../src/core/canonical-json.ts'
import { CpmError, fileError } from '../../src/core/errors.ts'
import { readJson } from '../../src/core/json.ts'
import { refuseNewer } from '../../src/core/newer-format.ts'
import { withLock } from '../../src/core/locks.ts'
import type { NewToken, TokenStore, TokenStoreOptions } from '../../src/core/server-ports.ts'
import { isTokenText, makeToken, tokenDigest } from './token-text.ts'
import { shellPath } from '../../src/core/shell-word.ts'

const KeptToken = TokenSummary.extend({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })
type KeptToken = z.infer<typeof KeptToken>
const TokenFile = z.strictObject({ schemaVersion: z.literal(1), tokens: z.array(KeptToken) })

const DAY = 24 * 60 * 60 * 1000
const FIRST_TOKEN_DAYS = 90

/**
 * The tokens of a registry, in `.server/tokens.json` in its folder, which only the file's owner can read. A token is
 * shown once and never stored. Only its digest is, and tokens are looked up by digest, so timing reveals nothing about
 * others.
 */
export class Tokens implements TokenStore {
  readonly #parts: TokenStoreOptions
  readonly #file: string
  #stamp = ''
  #byDigest = new Map<string, KeptToken>()

  constructor(parts: TokenStoreOptions) {
    this.#parts = parts
    this.#file = path.join(parts.root, '.server', 'tokens.json')
  }

  /** Finds a token; undefined if it is unknown, revoked or expired. */
  find(text: string): TokenSummary | undefined {
    if (!isTokenText(text)) return undefined
    this.#refresh()
    const kept = this.#byDigest.get(tokenDigest(text))
    return kept && Date.parse(kept.expiresAt) > this.#parts.now().getTime() ? toSummary(kept) : undefined
  }

  /** Lists all tokens, including expired ones, oldest first. */
  list(): TokenSummary[] {
    return this.#read().map(toSummary)
  }

  async create(wanted: NewToken): Promise<{ token: string; summary: TokenSummary }> {
    return await this.#change((tokens) => {
      const made = this.#make(wanted)
      return { tokens: [...tokens, made.kept], result: { token: made.token, summary: toSummary(made.kept) } }
    })
  }

  /** Creates the first token of a registry, which has all scopes; undefined if the registry ever had a token. */
  async createFirst(): Promise<{ token: string; summary: TokenSummary } | undefined> {
    if (isThere(this.#file)) return undefined
    return await this.#change((tokens) => {
      if (isThere(this.#file)) return { tokens, result: undefined }
      const all = NamePattern.parse('*')
      const made = this.#make({ name: 'first', scopes: TOKEN_SCOPES, packages: [all], days: FIRST_TOKEN_DAYS })
      return { tokens: [made.kept], result: { token: made.token, summary: toSummary(made.kept) } }
    })
  }

  /** @throws CpmError USAGE if there is no such token */
  async revoke(id: string): Promise<TokenSummary> {
    return await this.#change((tokens) => {
      const found = tokens.find((token) => token.id === id)
      if (!found) throw new CpmError('USAGE', `there is no token ${id}`, { hint: 'cpm serve token list' })
      return { tokens: tokens.filter((token) => token !== found), result: toSummary(found) }
    })
  }

  #make({ name, scopes, packages, days }: NewToken): { token: string; kept: KeptToken } {
    const token = makeToken()
    const now = this.#parts.now()
    const kept: KeptToken = {
      id: randomBytes(6).toString('hex'),
      name,
      scopes: [...scopes],
      packages: [...packages],
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + days * DAY).toISOString(),
      sha256: tokenDigest(token),
    }
    return { token, kept }
  }

  async #change<T>(work: (tokens: KeptToken[]) => { tokens: KeptToken[]; result: T }): Promise<T> {
    const { root, lockTimeout, emit } = this.#parts
    try {
      makeFolders(path.dirname(this.#file), 0o700)
    } catch (error) {
      throw fileError(error, 'create', path.dirname(this.#file))
    }
    const lock = path.join(path.dirname(this.#file), 'tokens')
    return await withLock(lock, { subject: `the tokens of ${root}`, timeout: lockTimeout, emit }, () => {
      const { tokens, result } = work(this.#read())
      writeFileAtomic(this.#file, readableJson({ schemaVersion: 1, tokens }), { mode: 0o600 })
      return Promise.resolve(result)
    })
  }

  /** Reads the file again if it has changed, so that changes by other processes take effect at once. */
  #refresh(): void {
    const stats = fs.statSync(this.#file, { throwIfNoEntry: false })
    const stamp = stats ? `${stats.mtimeMs}-${stats.size}-${stats.ino}` : ''
    if (stamp === this.#stamp) return
    this.#byDigest = new Map(this.#read().map((token) => [token.sha256, token]))
    this.#stamp = stamp
  }

  #read(): KeptToken[] {
    const text = readTextIfThere(this.#file)
    if (text === undefined) return []
    const read = readJson(text)
    if ('value' in read) refuseNewer(read.value, 'CONFIG_INVALID', this.#file)
    try {
      return TokenFile.parse('value' in read ? read.value : undefined).tokens
    } catch (error) {
      throw new CpmError('CONFIG_INVALID', `${this.#file} is not a valid token file`, {
        hint: `restore it from a backup, or remove it and create new tokens: rm ${shellPath(this.#file)}`,
        cause: error,
      })
    }
  }
}

function toSummary({ sha256: _sha256, ...summary }: KeptToken): TokenSummary {
  return summary
}
