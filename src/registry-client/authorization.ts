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

/** The token for one registry: where it came from, and which requests carry it. */
export class Authorization {
  readonly #registry: URL
  readonly #token: string | undefined
  readonly #source: 'CPM_TOKEN' | 'credentials.json' | undefined
  /** CPM_TOKEN is set, but nobody the user trusts named this registry */
  readonly #isWithheld: boolean

  /** @throws CpmError CREDENTIALS_UNSAFE where a token would travel in the clear */
  constructor(registry: URL, { env, credentials, trusted, insecure }: AuthorizationParts) {
    this.#registry = registry
    // A file or a command that it was read from ends with a newline.
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
        `the token for ${registry.href} was not sent: anybody on the way could read it, since the address is not https`,
        { hint: 'use the registry\'s https address, or say "insecure": true for it in $CPM_HOME/config.json' },
      )
    }
  }

  /** The header for a request; nothing for any address that is not below the registry's. */
  headersFor(url: URL): { authorization?: string } {
    return this.#token !== undefined && isBelow(this.#registry, url) ? { authorization: `Bearer ${this.#token}` } : {}
  }

  /** Takes the token out of a text, such as an error of a server that repeats what it was sent. */
  redact = (text: string): string => {
    return this.#token === undefined ? text : text.replaceAll(this.#token, '[token]')
  }

  /** What a 401 means here. */
  refused(): CpmError {
    const { href } = this.#registry
    if (this.#isWithheld && this.#token === undefined) {
      return new CpmError(
        'AUTH_REQUIRED',
        `${href} wants a token; CPM_TOKEN was not sent, since only the project's settings name this registry`,
        { hint: `if you trust it: cpm login ${href}, or name it with --registry or in your own settings` },
      )
    }
    const details = { registry: href }
    const hint = `cpm login ${href}`
    if (this.#source === undefined) return new CpmError('AUTH_REQUIRED', `${href} wants a token`, { hint, details })
    const fact = `${href} does not accept the token of ${this.#source}: it may have expired or been revoked`
    return this.#source === 'CPM_TOKEN'
      ? new CpmError('AUTH_REQUIRED', fact, {
          hint: `set CPM_TOKEN to another token, or unset it and run ${hint}`,
          details,
        })
      : new CpmError('AUTH_REQUIRED', fact, { hint, details })
  }
}
