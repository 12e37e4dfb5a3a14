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
import { shellPath } from '../core/shell-word.ts'

/** A token: one printable word, opaque to cpm. */
const TOKEN = /^[\x21-\x7e]{1,512}$/

/** `$CPM_HOME/credentials.json`: the user's tokens, keyed by the normalized URL of the registry. */
const Credentials = z.strictObject({
  schemaVersion: z.literal(1),
  tokens: z.record(z.string(), z.strictObject({ token: z.string().regex(TOKEN), savedAt: z.iso.datetime() })),
})
type Credentials = z.infer<typeof Credentials>

const NONE: Credentials = { schemaVersion: 1, tokens: {} }

/** @throws CpmError with this code, without repeating the input */
export function requireToken(text: string, what: string, code: 'USAGE' | 'CONFIG_INVALID' = 'USAGE'): string {
  if (TOKEN.test(text)) return text
  throw new CpmError(code, `${what} is not a token: a token is one word of at most 512 printable characters`)
}

/** Returns the token for a URL: the one with the longest registry URL that contains it. */
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

/** Removes the token of exactly this registry. Returns whether there was one. */
export async function forgetToken(file: string, registry: URL, options: ChangeOptions): Promise<boolean> {
  let wasThere = false
  await change(file, options, ({ tokens: { [registry.href]: there, ...others } }) => {
    wasThere = there !== undefined
    return wasThere ? others : undefined
  })
  return wasThere
}

/** @param edit returns the new tokens, or undefined if nothing changes */
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

/** Reads the file. Its errors never quote the file or a parser's message, which may quote it too. */
function readCredentials(file: string): Credentials {
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (!stats) return NONE
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw new CpmError('CREDENTIALS_UNSAFE', `${file} is readable by others; its tokens are not used`, {
      hint: `chmod 600 ${shellPath(file)}, and revoke tokens that others may have seen`,
    })
  }
  const value = parse(readTextIfThere(file))
  refuseNewer(value, 'CONFIG_INVALID', file)
  const result = Credentials.safeParse(value)
  if (result.success) return result.data
  throw new CpmError('CONFIG_INVALID', `${file} is not a valid credentials file`, {
    hint: `remove it and run cpm login again`,
  })
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return NONE
  const read = readJson(text)
  return 'value' in read ? read.value : undefined
}
