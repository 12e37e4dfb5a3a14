import { CpmError } from '../../../core/errors.ts'
import type { S3Place } from './s3-place.ts'

/** Hints by the error code of the server. */
const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [/^InvalidAccessKeyId$/, "check AWS_S3_ACCESSKEY, or the context's S3 key file"],
  [/^SignatureDoesNotMatch$/, "check AWS_S3_SECRETKEY, or the context's S3 key file"],
  [/^AccessDenied$|^AllAccessDisabled$/, 'the key must be allowed to write to the bucket'],
  [/^RequestTimeTooSkewed$/, 'set the clock of this machine'],
  [/^NoSuchBucket$/, 'create the bucket, or check AWS_S3_BUCKET'],
  [
    /^(?:PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/,
    'check AWS_S3_REGION and AWS_S3_ENDPOINT: the bucket is elsewhere',
  ],
  [
    /^(?:QuotaExceeded|XMinioStorageFull|StorageFull|InsufficientStorage|XMinioAdminBucketQuotaExceeded)$/,
    'free up space in the bucket',
  ],
  [/^(?:XAmzContentSHA256Mismatch|BadDigest)$/, 'check for a proxy that changes requests'],
]

const DENIED = /^(?:InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|AllAccessDisabled|RequestTimeTooSkewed|InvalidToken|ExpiredToken)$/ // prettier-ignore

/** Reads only the error code, because the rest of the answer may quote what was signed. */
export function s3Code(status: number, text: string): string {
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? `HTTP${status}`
}

/** Returns the error for a refusal, by its code. */
export function s3Refusal({ url, bucket }: S3Place, status: number, code: string): CpmError {
  const isDenied = DENIED.test(code) || code === 'HTTP401' || code === 'HTTP403'
  const details = { host: url.host, bucket, status, code }
  const hint =
    HINTS.find(([codes]) => codes.test(code))?.[1] ?? (status === 507 ? 'free up space in the bucket' : undefined)
  if (isDenied)
    return new CpmError('S3_DENIED', `${url.host} denied write access to ${bucket}: ${code}`, { hint, details })
  return new CpmError('S3_REFUSED', `${url.host} refused to store in ${bucket} (${status}): ${code}`, { hint, details })
}

const NETWORK_HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [/^ECONNREFUSED$/, 'check AWS_S3_ENDPOINT: no server is listening there'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the host in AWS_S3_ENDPOINT'],
  [/^(?:ERR_SSL_|EPROTO|UND_ERR_SOCKET|ECONNRESET|HPE_)/, 'check AWS_S3_TLS: does the server use TLS?'],
  [/^(?:CERT_|ERR_TLS_|DEPTH_|SELF_|UNABLE_)/, 'set network.ca in $CPM_HOME/config.json to your certificate authority'],
  [/^UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT$/, 'try again, or raise colony.timeout in $CPM_HOME/config.json'],
]

/** Returns the error for a server that did not answer. It omits the original error, which may contain the request. */
export function s3Unreachable({ url }: S3Place, code: string): CpmError {
  const fact = code.endsWith('TIMEOUT') ? 'did not answer in time' : "can't be reached"
  return new CpmError('S3_UNREACHABLE', `${url.host} ${fact} (${code})`, {
    hint: NETWORK_HINTS.find(([codes]) => codes.test(code))?.[1] ?? 'try again, or check the network',
    details: { host: url.host, cause: code },
  })
}
