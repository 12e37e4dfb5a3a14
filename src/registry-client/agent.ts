import fs from 'node:fs'
import type { LookupFunction } from 'node:net'
import tls from 'node:tls'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { NetworkSettings } from '../schema/config.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { isLoopback } from './registry-url.ts'
import { shellPath } from '../core/shell-word.ts'

/** The connections of a command: kept alive, and through a proxy if the settings or the environment name one. */
export interface Connections {
  /** @param isGuarded resolve the host with the guarded lookup */
  for(url: URL, isGuarded?: boolean): Dispatcher
  /** aborts all requests and closes all connections */
  destroy(reason: Error): Promise<void>
}

const CONNECTIONS_PER_HOST = 16
const MAX_HEADER_BYTES = 16 * 1024

/**
 * @param timeout milliseconds to wait for a connection
 * @param lookup resolves hosts for guarded connections, which are separate from all others
 */
export function openConnections(
  network: NetworkSettings,
  env: EnvironmentVariables,
  timeout: number,
  lookup?: LookupFunction,
): Connections {
  const secureContext = tlsContext(network)
  // Explicit, so that no environment variable can turn it off.
  const connect = { timeout, rejectUnauthorized: true, ...(secureContext && { secureContext }) }
  const httpProxy = proxyAddress('httpProxy', network.httpProxy, env.get('http_proxy') ?? env.get('HTTP_PROXY'))
  const httpsProxy = proxyAddress('httpsProxy', network.httpsProxy, env.get('https_proxy') ?? env.get('HTTPS_PROXY'))
  const noProxy = network.noProxy ?? env.get('no_proxy') ?? env.get('NO_PROXY') ?? ''
  const open = (ownLookup?: LookupFunction): { direct: Dispatcher; proxied: Dispatcher } => {
    const options = {
      connections: CONNECTIONS_PER_HOST,
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: { ...connect, ...(ownLookup && { lookup: ownLookup }) },
    }
    const direct = new Agent(options)
    if (httpProxy === '' && httpsProxy === '') return { direct, proxied: direct }
    const proxied = new EnvHttpProxyAgent({
      ...options,
      httpProxy,
      httpsProxy,
      noProxy,
      // The user named the proxy, so its address is not guarded.
      requestTls: connect,
      proxyTls: connect,
      // http requests go to the proxy with a full URL, as proxies expect; only https is tunneled.
      proxyTunnel: false,
    })
    return { direct, proxied }
  }
  const usual = open()
  const guarded = lookup && open(lookup)
  const all = new Set([usual.direct, usual.proxied, ...(guarded ? [guarded.direct, guarded.proxied] : [])])
  return {
    for: (url, isGuarded = false) => {
      const { direct, proxied } = isGuarded && guarded ? guarded : usual
      // Never use a proxy for loopback: it would be another machine there, and would receive our tokens.
      return isLoopback(url) ? direct : proxied
    },
    destroy: async (reason) => {
      await Promise.all([...all].map((dispatcher) => dispatcher.destroy(reason)))
    },
  }
}

/** Whether the environment names a proxy for some servers. */
export function namesProxy(env: EnvironmentVariables): boolean {
  return ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].some((name) => env.get(name) !== undefined)
}

/** Returns a proxy URL that undici accepts, or ''. The URL may contain a password, so no message repeats it. */
function proxyAddress(setting: string, configured: string | undefined, inherited: string | undefined): string {
  const text = configured ?? inherited ?? ''
  if (text === '') return ''
  const address = text.includes('://') ? text : `http://${text}`
  const where = configured === undefined ? 'the proxy in the environment' : `network.${setting}`
  if (!URL.canParse(address) || !['http:', 'https:'].includes(new URL(address).protocol)) {
    throw new CpmError('CONFIG_INVALID', `${where} is not an http or https URL`)
  }
  return address
}

/** Builds the TLS context from the user's CA certificates and client certificate, once for all connections. */
function tlsContext({ ca, cert, key }: NetworkSettings): tls.SecureContext | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined
  if ((cert === undefined) !== (key === undefined)) {
    throw new CpmError('CONFIG_INVALID', 'network.cert and network.key must be set together')
  }
  if (key !== undefined) requirePrivate(key)
  const options = {
    ...(ca !== undefined && { ca: [...usualAuthorities(), readPem('network.ca', ca)] }),
    ...(cert !== undefined && { cert: readPem('network.cert', cert) }),
    ...(key !== undefined && { key: readPem('network.key', key) }),
  }
  try {
    return tls.createSecureContext(options)
  } catch (error) {
    // The library's message may quote the key.
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new CpmError('CONFIG_INVALID', `network.ca, network.cert or network.key can't be used: ${code}`)
  }
}

/**
 * Returns the CA certificates that Node trusts by default. Older versions of Node omit those in NODE_EXTRA_CA_CERTS.
 */
function usualAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return getCACertificates?.('default') ?? tls.rootCertificates
}

function readPem(setting: string, file: string): string {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    throw fileError(error, `read ${setting} from`, file)
  }
  if (text.includes('-----BEGIN ')) return text
  throw new CpmError('CONFIG_INVALID', `${setting}: ${file} is not a PEM file`)
}

function requirePrivate(file: string): void {
  if (process.platform === 'win32') return
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (!stats || (stats.mode & 0o077) === 0) return
  throw new CpmError('CREDENTIALS_UNSAFE', `network.key: ${file} is readable by others`, {
    hint: `chmod 600 ${shellPath(file)}`,
  })
}
