import fs from 'node:fs'
import { z } from 'zod'
import type { Emit } from '../schema/events.ts'
import { readTextIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { readJson } from '../core/json.ts'
import { refuseNewer } from '../core/newer-format.ts'
import { readableJson } from '../core/canonical-json.ts'
import { CpmError } from '../core/errors.ts'
import { withLock } from '../core/locks.ts'
import { isBelow } from './registry-url.ts'

/** A token as it is sent: one printable word. What it means is the server's business. */
const TOKEN = /^[\x21-\x7e]{1,512}$/

/** `$CPM_HOME/credentials.json`: the tokens of one user, each kept under the one spelling of its registry's address. */
const Credentials = z.strictObject({
  schemaVersion: z.literal(1),
  tokens: z.record(z.string(), z.strictObject({ token: z.string().regex(TOKEN), savedAt: z.iso.datetime() })),
})
type Credentials = z.infer<typeof Credentials>

const NONE: Credentials = { schemaVersion: 1, tokens: {} }

/** @throws CpmError of the code, which does not repeat the text */
export function requireToken(text: string, what: string, code: 'USAGE' | 'CONFIG_INVALID' = 'USAGE'): string {
  if (TOKEN.test(text)) return text
  throw new CpmError(code, `${what} is not a token: one word of printable characters, at most 512`)
}

/** The token kept for a URL: that of the longest address which the URL lies below. */
export function keptToken(file: string, url: URL): string | undefined {
  const fitting = Object.keys(readCredentials(file).tokens)
    .filter((address) => URL.canParse(address) && isBelow(new URL(address), url))
    .sort((a, b) => b.length - a.length)
  const [address] = fitting
  return address === undefined ? undefined : readCredentials(file).tokens[address]?.token
}

interface ChangeOptions {
  lockTimeout: number
  emit: Emit
}

export async function keepToken(
  file: string,
  registry: URL,
  token: string,
  { now, ...options }: ChangeOptions & { now: Date },
): Promise<void> {
  await change(file, options, ({ tokens }) => ({
    ...tokens,
    [registry.href]: { token, savedAt: now.toISOString() },
  }))
}

/** Removes the token kept for exactly this registry. Says whether there was one. */
export async function forgetToken(file: string, registry: URL, options: ChangeOptions): Promise<boolean> {
  let wasThere = false
  await change(file, options, ({ tokens: { [registry.href]: there, ...others } }) => {
    wasThere = there !== undefined
    return wasThere ? others : undefined
  })
  return wasThere
}

/** @param edit makes the new tokens, or undefined where nothing changes */
async function change(
  file: string,
  { lockTimeout, emit }: ChangeOptions,
  edit: (before: Credentials) => Credentials['tokens'] | undefined,
): Promise<void> {
  await withLock(file, { subject: 'the credentials', timeout: lockTimeout, emit }, async () => {
    const tokens = edit(readCredentials(file))
    if (tokens) writeFileAtomic(file, readableJson({ schemaVersion: 1, tokens }), { mode: 0o600 })
    return Promise.resolve()
  })
}

/** Errors here never quote the file, nor what a parser says of it: that quotes it too. */
function readCredentials(file: string): Credentials {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (!stats) return NONE
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw new CpmError('CREDENTIALS_UNSAFE', `${file} can be read by others, so no token in it is used`, {
      hint: `chmod 600 '${file}', and have tokens that others may have seen revoked`,
    })
  }
  const value = parse(readTextIfThere(file))
  refuseNewer(value, 'CONFIG_INVALID', file)
  const result = Credentials.safeParse(value)
  if (result.success) return result.data
  throw new CpmError('CONFIG_INVALID', `${file} does not hold credentials as cpm writes them`, {
    hint: `remove it and run cpm login`,
  })
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return NONE
  const read = readJson(text)
  return 'value' in read ? read.value : undefined
}
