import fs from 'node:fs'
import type { LookupFunction } from 'node:net'
import tls from 'node:tls'
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import type { NetworkSettings } from '../schema/config.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { isLoopback } from './registry-url.ts'

/** The connections of a command: kept alive, through proxies where the settings or the environment name some. */
export interface Connections {
  /** @param isGuarded find the host's addresses by the look-up that was given */
  for(url: URL, isGuarded?: boolean): Dispatcher
  /** ends every request under way and closes every connection */
  destroy(reason: Error): Promise<void>
}

const CONNECTIONS_PER_HOST = 16
const MAX_HEADER_BYTES = 16 * 1024

/**
 * @param timeout milliseconds to wait for a connection
 * @param lookup finds addresses for guarded connections, which are kept apart from all others
 */
export function openConnections(
  network: NetworkSettings,
  env: EnvironmentVariables,
  timeout: number,
  lookup?: LookupFunction,
): Connections {
  const secureContext = tlsContext(network)
  // Said outright, so that no variable of the environment turns it off.
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
      // The proxy itself is where the user says that it is.
      requestTls: connect,
      proxyTls: connect,
      // http goes to a proxy by its whole address, as proxies expect; only https is tunnelled.
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
      // This machine is never asked through a proxy: it would be another machine there, and would be given our tokens.
      return isLoopback(url) ? direct : proxied
    },
    destroy: async (reason) => {
      await Promise.all([...all].map((dispatcher) => dispatcher.destroy(reason)))
    },
  }
}

/** An address that undici reads, or none. A proxy's address may hold a password: it is in no message. */
function proxyAddress(setting: string, configured: string | undefined, inherited: string | undefined): string {
  const text = configured ?? inherited ?? ''
  if (text === '') return ''
  const address = text.includes('://') ? text : `http://${text}`
  const where = configured === undefined ? 'a proxy of the environment' : `network.${setting}`
  if (!URL.canParse(address) || !['http:', 'https:'].includes(new URL(address).protocol)) {
    throw new CpmError('CONFIG_INVALID', `${where} is not an http or https address`)
  }
  return address
}

/** What TLS needs beside the usual: authorities of the user's own, a client certificate; read once for all connections. */
function tlsContext({ ca, cert, key }: NetworkSettings): tls.SecureContext | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined
  if ((cert === undefined) !== (key === undefined)) {
    throw new CpmError('CONFIG_INVALID', 'network.cert and network.key belong together: one of them is not set')
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
    // What the library says of a key may quote it.
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new CpmError('CONFIG_INVALID', `network.ca, network.cert or network.key can't be used: ${code}`)
  }
}

/** The authorities that Node trusts without us; newer Nodes tell them whole, older ones without those of NODE_EXTRA_CA_CERTS. */
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
  throw new CpmError('CONFIG_INVALID', `${setting}: ${file} is not in PEM`)
}

function requirePrivate(file: string): void {
  if (process.platform === 'win32') return
  const stats = fs.statSync(file, { throwIfNoEntry: false })
  if (!stats || (stats.mode & 0o077) === 0) return
  throw new CpmError('CREDENTIALS_UNSAFE', `network.key: ${file} can be read by others`, {
    hint: `chmod 600 '${file}'`,
  })
}
