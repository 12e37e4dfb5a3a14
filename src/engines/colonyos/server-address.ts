import { isIPv4 } from 'node:net'
import { CpmError } from '../../core/errors.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
}

export const DEFAULT_PORT = 50080

/** Returns the root URL of a server, such as `http://127.0.0.1:50080/`. @throws CpmError CONFIG_INVALID */
export function serverUrl({ host, port, tls }: ServerAddress): URL {
  const text = `${tls ? 'https' : 'http'}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}/`
  const url = URL.canParse(text) ? new URL(text) : undefined
  // A user, path or query in the host could lead to another place than it seems.
  if (!url || !/^(?:[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$/.test(host) || port < 1 || port > 65_535)
    throw new CpmError(
      'CONFIG_INVALID',
      `${JSON.stringify(`${host}:${port}`)} is not the address of a ColonyOS server`,
      {
        hint: 'use a host and a port, such as colony.example.org and 443',
      },
    )
  return url
}

/** Returns whether a host is this machine, regardless of DNS. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
}

/**
 * Refuses unencrypted connections to other machines: a request that is intercepted can be sent again forever, and
 * contains all arguments.
 * @throws CpmError CREDENTIALS_UNSAFE
 */
export function requireSecure(url: URL, { insecure }: { insecure: boolean }): void {
  if (url.protocol === 'https:' || insecure || isLoopback(url)) return
  throw new CpmError('CREDENTIALS_UNSAFE', `${url.host} would be contacted without TLS, so nothing was sent`, {
    hint: `set COLONIES_TLS=true, or add "${url.hostname}" to colony.insecureHosts in $CPM_HOME/config.json if you trust the network`,
    details: { host: url.host },
  })
}
