import { CpmError, systemCode } from '../core/errors.ts'
import { oneLine } from '../core/printable.ts'
import { Transient } from './retry.ts'

/** What helps against a failure to reach a host, by the code of the failure. */
const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
    "if the certificate is your organisation's own, name its authority by network.ca in $CPM_HOME/config.json",
  ],
  [
    /^CERT_|^ERR_TLS_CERT/,
    'the certificate is not one of this host, or not valid now: check the address and the clock',
  ],
  [
    /^(?:ERR_SSL_|EPROTO)/,
    'check the address: the host may not speak https there, or ask for network.cert and network.key',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the address, the network and the proxy settings'],
  [/^ECONNREFUSED$/, 'check the address and its port: nothing answers there'],
]

const PROXY_HINT = 'check network.httpProxy and network.httpsProxy, or HTTP_PROXY and HTTPS_PROXY'

/** Whether a connection failed to another port than that of the registry: a proxy stands before it then. */
function isOfProxy(failed: number | undefined, { port, protocol }: URL): boolean {
  return failed !== undefined && failed !== Number(port || (protocol === 'https:' ? 443 : 80))
}

/** What the parser of answers says of what is none. */
const NO_HTTP = /^(?:HTTPParserError|HPE_.*|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_HEADERS_OVERFLOW)$/

/** A connection that failed, was cut, or brought something that is not HTTP: worth another attempt. The message names the host only. */
export function networkError(error: unknown, url: URL, redact: (text: string) => string): Transient {
  const { host } = url
  const { code, message, port } = describe(error)
  const cause = new Error(redact(`${code}: ${message}`))
  const details = { host, cause: code }
  if (NO_HTTP.test(code)) {
    return new Transient(
      new CpmError('REGISTRY_MISBEHAVED', `${host} answered something that is not HTTP (${code})`, { details, cause }),
    )
  }
  const proxy = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/.exec(message)
  if (proxy) {
    const status = proxy[1] ?? proxy[2] ?? ''
    return new Transient(
      new CpmError('REGISTRY_UNREACHABLE', `the proxy does not let cpm through to ${host}: it answered ${status}`, {
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

/** An answer that took too long. */
export function tooSlow({ host }: URL, fact: string): Transient {
  return new Transient(
    new CpmError('REGISTRY_UNREACHABLE', `${host} ${fact}`, {
      hint: 'run the command again; network.timeout in $CPM_HOME/config.json allows for slower networks',
      details: { host, cause: 'TIMEOUT' },
    }),
  )
}

/** An answer that HTTP or the API does not allow, or that nobody who is honest would give. */
export function misbehaved({ host }: URL, fact: string, hint?: string): CpmError {
  return new CpmError('REGISTRY_MISBEHAVED', `${host} ${oneLine(fact)}`, { hint, details: { host } })
}

/** The code that tells most: of several addresses that were tried, that of the first. */
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
