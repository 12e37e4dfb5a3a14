import { CpmError, systemCode } from '../core/errors.ts'
import { oneLine } from '../core/printable.ts'
import { Transient } from './retry.ts'

/** Hints for connection failures, by error code. */
const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    'if your organization issued the certificate, set network.ca in $CPM_HOME/config.json to its CA certificate',
  ],
  [/^CERT_|^ERR_TLS_CERT/, 'the certificate is for another host or not valid now: check the URL and the clock'],
  [
    /^(?:ERR_SSL_|EPROTO)/,
    'check the URL: the host may not speak https there, or may require network.cert and network.key',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the URL, the network and the proxy settings'],
  [/^ECONNREFUSED$/, 'check the host and port of the URL'],
]

const PROXY_HINT = 'check network.httpProxy and network.httpsProxy, or HTTP_PROXY and HTTPS_PROXY'

/** Whether the failed connection was to a port other than the registry's, and so to a proxy. */
function isOfProxy(failed: number | undefined, { port, protocol }: URL): boolean {
  return failed !== undefined && failed !== Number(port || (protocol === 'https:' ? 443 : 80))
}

/** The parser's error codes for responses that are not HTTP. */
const NO_HTTP = /^(?:HTTPParserError|HPE_.*|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_HEADERS_OVERFLOW)$/

/**
 * Converts a failed or cut connection, or a response that is not HTTP, to a Transient. The message names only the host.
 */
export function networkError(error: unknown, url: URL, redact: (text: string) => string): Transient {
  const { host } = url
  const { code, message, port } = describe(error)
  const cause = new Error(redact(`${code}: ${message}`))
  const details = { host, cause: code }
  if (NO_HTTP.test(code)) {
    return new Transient(
      new CpmError('REGISTRY_MISBEHAVED', `${host} sent a response that is not HTTP (${code})`, { details, cause }),
    )
  }
  const proxy = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/.exec(message)
  if (proxy) {
    const status = proxy[1] ?? proxy[2] ?? ''
    return new Transient(
      new CpmError('REGISTRY_UNREACHABLE', `the proxy refused the connection to ${host} with status ${status}`, {
        hint: PROXY_HINT,
        details: { ...details, proxyStatus: Number(status) },
        cause,
      }),
    )
  }
  const fact = code === 'UND_ERR_SOCKET' ? 'closed the connection too early' : "can't be reached"
  const hint = isOfProxy(port, url) ? PROXY_HINT : HINTS.find(([codes]) => codes.test(code))?.[1]
  return new Transient(
    new CpmError('REGISTRY_UNREACHABLE', `${host} ${fact} (${code})`, {
      hint: hint ?? 'run the command again, or check the network',
      details,
      cause,
    }),
  )
}

/** Returns the error for a timeout. */
export function tooSlow({ host }: URL, fact: string): Transient {
  return new Transient(
    new CpmError('REGISTRY_UNREACHABLE', `${host} ${fact}`, {
      hint: 'run the command again, or raise network.timeout in $CPM_HOME/config.json',
      details: { host, cause: 'TIMEOUT' },
    }),
  )
}

/** Returns the error for a response that violates HTTP or the API, or that an honest server would not send. */
export function misbehaved({ host }: URL, fact: string, hint?: string): CpmError {
  return new CpmError('REGISTRY_MISBEHAVED', `${host} ${oneLine(fact)}`, { hint, details: { host } })
}

/** Returns the most informative code; if several addresses failed, the code of the first. */
function describe(error: unknown): { code: string; message: string; port?: number | undefined } {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0])
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: String(error) }
  const inner = error.cause instanceof Error && systemCode(error.cause) !== undefined ? error.cause : error
  const { port } = inner as { port?: unknown }
  return {
    code: systemCode(inner) ?? inner.name,
    message: inner.message,
    port: typeof port === 'number' ? port : undefined,
  }
}
