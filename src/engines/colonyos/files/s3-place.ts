import type { EnvironmentVariables } from '../../../core/environment-variables.ts'
import { CpmError } from '../../../core/errors.ts'
import { isLoopback, serverUrl } from '../server-address.ts'

/** A bucket, and the key for it. */
export interface S3Place {
  /** as the colonies CLI writes it to ColonyFS: a host, optionally with a port */
  readonly endpoint: string
  readonly url: URL
  readonly bucket: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

/** The default of the colonies CLI. */
const DEFAULT_REGION = 'us-east-1'

/** Bucket names that every S3 server accepts and that can't change the path of a URL. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** The configuration of a bucket, before it is checked. */
export interface GivenS3 {
  readonly endpoint: string
  readonly tls: boolean
  readonly bucket: string
  readonly region?: string | undefined
  readonly accessKey: string
  readonly secretKey: string
}

/**
 * Checks the configuration of a bucket.
 * @throws CpmError CONFIG_INVALID, or CREDENTIALS_UNSAFE if another machine would be contacted without TLS
 */
export function s3Place(given: GivenS3, isInsecureAllowed: (hostname: string) => boolean): S3Place {
  const { endpoint, tls, bucket, region = DEFAULT_REGION, accessKey, secretKey } = given
  const url = endpointUrl(endpoint, tls)
  if (!tls && !isLoopback(url) && !isInsecureAllowed(url.hostname))
    throw new CpmError('CREDENTIALS_UNSAFE', `${url.host} would be contacted without TLS, so nothing was sent`, {
      hint: `set AWS_S3_TLS=true, or add "${url.hostname}" to colony.insecureHosts in $CPM_HOME/config.json if you trust the network`,
      details: { host: url.host },
    })
  if (!BUCKET.test(bucket)) throw new CpmError('CONFIG_INVALID', 'AWS_S3_BUCKET is not a valid bucket name')
  // The network library would quote an invalid header value in its error.
  if (!/^[\x21-\x7e]+$/.test(accessKey))
    throw new CpmError('CONFIG_INVALID', 'AWS_S3_ACCESSKEY is not a valid access key')
  if (!/^[\w-]+$/.test(region)) throw new CpmError('CONFIG_INVALID', 'AWS_S3_REGION is not a valid region name')
  return { endpoint, url, bucket, region, accessKey, secretKey }
}

/**
 * Reads the S3 bucket from the environment variables of the colonies CLI. Returns undefined if they name none.
 * @throws CpmError S3_NOT_CHOSEN if only some are set, CREDENTIALS_UNSAFE if they disable the check of certificates
 */
export function s3FromEnvironment(
  env: EnvironmentVariables,
  isInsecureAllowed: (hostname: string) => boolean,
): S3Place | undefined {
  const endpoint = env.get('AWS_S3_ENDPOINT')
  if (endpoint === undefined) return undefined
  const required = (name: string) => {
    const text = env.get(name)
    if (text !== undefined) return text
    throw new CpmError('S3_NOT_CHOSEN', `AWS_S3_ENDPOINT is set, but ${name} is not`, { hint: `set ${name}` })
  }
  const tls = flag(env, 'AWS_S3_TLS')
  // An unverified certificate offers no protection; a private authority can be configured instead.
  if (tls && flag(env, 'AWS_S3_SKIPVERIFY'))
    throw new CpmError(
      'CREDENTIALS_UNSAFE',
      'AWS_S3_SKIPVERIFY disables the check of certificates, so nothing was sent',
      {
        hint: "unset AWS_S3_SKIPVERIFY, and set network.ca in $CPM_HOME/config.json to the server's authority",
      },
    )
  const [bucket, region] = [required('AWS_S3_BUCKET'), env.get('AWS_S3_REGION')]
  const [accessKey, secretKey] = [required('AWS_S3_ACCESSKEY'), required('AWS_S3_SECRETKEY')]
  return s3Place({ endpoint, tls, bucket, region, accessKey, secretKey }, isInsecureAllowed)
}

function endpointUrl(endpoint: string, tls: boolean): URL {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:/@]+)(?::(\d{1,5}))?$/.exec(endpoint)
  if (!match)
    throw new CpmError('CONFIG_INVALID', 'AWS_S3_ENDPOINT is not a valid address', {
      hint: 'set it to a host and port without https://, such as s3.example.org:9000',
    })
  return serverUrl({ host: match[1] ?? '', port: Number(match[2] ?? (tls ? 443 : 80)), tls })
}

function flag(env: EnvironmentVariables, name: string): boolean {
  const text = env.get(name) ?? 'false'
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  throw new CpmError('CONFIG_INVALID', `${name} must be true or false`)
}
