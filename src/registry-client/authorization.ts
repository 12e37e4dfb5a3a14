import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { keptToken, requireToken } from './credentials.ts'
import { isBelow, isLoopback } from './registry-url.ts'

interface AuthorizationParts {
  env: EnvironmentVariables
  /** the file that keeps tokens */
  credentials: string
  trusted: boolean
  insecure: boolean
}

/** The token for one registry: its source, and which requests carry it. */
export class Authorization {
  readonly #registry: URL
  readonly #token: string | undefined
  readonly #source: 'CPM_TOKEN' | 'credentials.json' | undefined
  /** CPM_TOKEN is set, but only untrusted settings name this registry */
  readonly #isWithheld: boolean

  /** @throws CpmError CREDENTIALS_UNSAFE if a token would be sent unencrypted */
  constructor(registry: URL, { env, credentials, trusted, insecure }: AuthorizationParts) {
    this.#registry = registry
    // The output of a file or command ends with a newline.
    const text = env.get('CPM_TOKEN')?.replace(/\r?\n$/, '')
    const given = text === '' ? undefined : text
    this.#isWithheld = given !== undefined && !trusted
    if (given !== undefined && trusted) {
      this.#token = requireToken(given, 'CPM_TOKEN', 'CONFIG_INVALID')
      this.#source = 'CPM_TOKEN'
    } else {
      this.#token = keptToken(credentials, registry)
      this.#source = this.#token === undefined ? undefined : 'credentials.json'
    }
    if (this.#token !== undefined && registry.protocol === 'http:' && !insecure && !isLoopback(registry)) {
      throw new CpmError(
        'CREDENTIALS_UNSAFE',
        `refusing to send the token for ${registry.href} over unencrypted http`,
        { hint: 'use the registry\'s https URL, or set "insecure": true for it in $CPM_HOME/config.json' },
      )
    }
  }

  /** Returns the header for a request; empty unless the URL is below the registry's. */
  headersFor(url: URL): { authorization?: string } {
    return this.#token !== undefined && isBelow(this.#registry, url) ? { authorization: `Bearer ${this.#token}` } : {}
  }

  /** Removes the token from a string, such as a server error that repeats it. */
  redact = (text: string): string => {
    return this.#token === undefined ? text : text.replaceAll(this.#token, '[token]')
  }

  /** Returns the error for a 401. */
  refused(): CpmError {
    const { href } = this.#registry
    if (this.#isWithheld && this.#token === undefined) {
      return new CpmError(
        'AUTH_REQUIRED',
        `${href} requires a token; CPM_TOKEN was not sent because only the project's settings name this registry`,
        { hint: `if you trust it: cpm login ${href}, or name it with --registry or in your own settings` },
      )
    }
    const details = { registry: href }
    const hint = `cpm login ${href}`
    if (this.#source === undefined) return new CpmError('AUTH_REQUIRED', `${href} requires a token`, { hint, details })
    const fact = `${href} rejected the token from ${this.#source}: it may have expired or been revoked`
    return this.#source === 'CPM_TOKEN'
      ? new CpmError('AUTH_REQUIRED', fact, {
          hint: `set CPM_TOKEN to another token, or unset it and run ${hint}`,
          details,
        })
      : new CpmError('AUTH_REQUIRED', fact, { hint, details })
  }
}
