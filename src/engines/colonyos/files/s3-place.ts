import type { EnvironmentVariables } from '../../../core/environment-variables.ts'
import { CpmError } from '../../../core/errors.ts'
import { isLoopback, serverUrl } from '../server-address.ts'

/** A bucket, and the key for it. */
export interface S3Place {
  /** as the colonies CLI writes it into ColonyFS: a host, perhaps with a port */
  readonly endpoint: string
  readonly url: URL
  readonly bucket: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

/** What the colonies CLI takes where no region is named. */
const DEFAULT_REGION = 'us-east-1'

/** Names of buckets as every S3 takes them; nothing in one can lead elsewhere in an address. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** What is told of a bucket, before anything of it was looked at. */
export interface GivenS3 {
  readonly endpoint: string
  readonly tls: boolean
  readonly bucket: string
  readonly region?: string | undefined
  readonly accessKey: string
  readonly secretKey: string
}

/**
 * A bucket that may be spoken with.
 * @throws CpmError CONFIG_INVALID, or CREDENTIALS_UNSAFE where another machine would be spoken to without TLS
 */
export function s3Place(given: GivenS3, isInsecureAllowed: (hostname: string) => boolean): S3Place {
  const { endpoint, tls, bucket, region = DEFAULT_REGION, accessKey, secretKey } = given
  const url = endpointUrl(endpoint, tls)
  if (!tls && !isLoopback(url) && !isInsecureAllowed(url.hostname))
    throw new CpmError('CREDENTIALS_UNSAFE', `${url.host} would be spoken to without TLS, so nothing was sent`, {
      hint: `say https (AWS_S3_TLS=true) if it speaks TLS, or list "${url.hostname}" under colony.insecureHosts in $CPM_HOME/config.json if the network between is yours`,
      details: { host: url.host },
    })
  if (!BUCKET.test(bucket)) throw new CpmError('CONFIG_INVALID', 'the bucket (AWS_S3_BUCKET) is no name of one')
  // What can't be in a header would be quoted by an error of the network's library.
  if (!/^[\x21-\x7e]+$/.test(accessKey))
    throw new CpmError('CONFIG_INVALID', 'the access key (AWS_S3_ACCESSKEY) is not one')
  if (!/^[\w-]+$/.test(region)) throw new CpmError('CONFIG_INVALID', 'the region (AWS_S3_REGION) is no name of one')
  return { endpoint, url, bucket, region, accessKey, secretKey }
}

/**
 * The S3 that the environment names, by the variables of the colonies CLI; undefined where it names none.
 * @throws CpmError S3_NOT_CHOSEN where it says only a part, CREDENTIALS_UNSAFE where it would switch off what keeps the bytes safe
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
  // A certificate that nobody checks protects from nobody: an authority of one's own can be named instead.
  if (tls && flag(env, 'AWS_S3_SKIPVERIFY'))
    throw new CpmError(
      'CREDENTIALS_UNSAFE',
      'AWS_S3_SKIPVERIFY asks for TLS that proves nothing, so nothing was sent',
      {
        hint: 'unset AWS_S3_SKIPVERIFY, and name the authority of the server by network.ca in $CPM_HOME/config.json',
      },
    )
  const [bucket, region] = [required('AWS_S3_BUCKET'), env.get('AWS_S3_REGION')]
  const [accessKey, secretKey] = [required('AWS_S3_ACCESSKEY'), required('AWS_S3_SECRETKEY')]
  return s3Place({ endpoint, tls, bucket, region, accessKey, secretKey }, isInsecureAllowed)
}

function endpointUrl(endpoint: string, tls: boolean): URL {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:/@]+)(?::(\d{1,5}))?$/.exec(endpoint)
  if (!match)
    throw new CpmError('CONFIG_INVALID', 'the endpoint (AWS_S3_ENDPOINT) is no address', {
      hint: 'a host, or a host and a port, as s3.example.org:9000, without https:// before it: AWS_S3_TLS says that',
    })
  return serverUrl({ host: match[1] ?? '', port: Number(match[2] ?? (tls ? 443 : 80)), tls })
}

function flag(env: EnvironmentVariables, name: string): boolean {
  const text = env.get(name) ?? 'false'
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  throw new CpmError('CONFIG_INVALID', `${name} is neither true nor false`)
}
