import { CpmError } from '../../../core/errors.ts'
import type { S3Place } from './s3-place.ts'

/** What helps, by the code that a server gave. */
const HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [/^InvalidAccessKeyId$/, 'check AWS_S3_ACCESSKEY, or the file with the key of the context'],
  [/^SignatureDoesNotMatch$/, 'check AWS_S3_SECRETKEY, or the file with the key of the context'],
  [/^AccessDenied$|^AllAccessDisabled$/, 'the key must be allowed to write to the bucket'],
  [/^RequestTimeTooSkewed$/, 'set the clock of this machine'],
  [/^NoSuchBucket$/, 'make the bucket, or check AWS_S3_BUCKET: cpm makes none'],
  [
    /^(?:PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/,
    'check AWS_S3_REGION and AWS_S3_ENDPOINT: the bucket is elsewhere',
  ],
  [
    /^(?:QuotaExceeded|XMinioStorageFull|StorageFull|InsufficientStorage|XMinioAdminBucketQuotaExceeded)$/,
    'make room in the bucket',
  ],
  [/^(?:XAmzContentSHA256Mismatch|BadDigest)$/, 'something between here and the server changes what is sent'],
]

const DENIED = /^(?:InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|AllAccessDisabled|RequestTimeTooSkewed|InvalidToken|ExpiredToken)$/ // prettier-ignore

/** Only the code of an answer is read: the rest may quote what was signed. */
export function s3Code(status: number, text: string): string {
  return /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? `HTTP${status}`
}

/** The error for what a server refused, by its code. */
export function s3Refusal({ url, bucket }: S3Place, status: number, code: string): CpmError {
  const isDenied = DENIED.test(code) || code === 'HTTP401' || code === 'HTTP403'
  const details = { host: url.host, bucket, status, code }
  const hint =
    HINTS.find(([codes]) => codes.test(code))?.[1] ?? (status === 507 ? 'make room in the bucket' : undefined)
  if (isDenied)
    return new CpmError('S3_DENIED', `${url.host} does not let us write to ${bucket}: ${code}`, { hint, details })
  return new CpmError('S3_REFUSED', `${url.host} refused to store in ${bucket} (${status}): ${code}`, { hint, details })
}

const NETWORK_HINTS: readonly (readonly [codes: RegExp, hint: string])[] = [
  [/^ECONNREFUSED$/, 'check AWS_S3_ENDPOINT: nothing answers there'],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'check the spelling of the host in AWS_S3_ENDPOINT'],
  [/^(?:ERR_SSL_|EPROTO|UND_ERR_SOCKET|ECONNRESET|HPE_)/, 'check whether the server speaks TLS there: AWS_S3_TLS'],
  [
    /^(?:CERT_|ERR_TLS_|DEPTH_|SELF_|UNABLE_)/,
    'an authority of your own is named by network.ca in $CPM_HOME/config.json',
  ],
  [
    /^UND_ERR_(?:HEADERS|BODY|CONNECT)_TIMEOUT$/,
    'run the command again; colony.timeout in $CPM_HOME/config.json allows for slower servers',
  ],
]

/** The error for a server that gave no answer. What failed is not handed on as its cause: it may hold the request. */
export function s3Unreachable({ url }: S3Place, code: string): CpmError {
  const fact = code.endsWith('TIMEOUT') ? 'did not answer in time' : 'can’t be reached'
  return new CpmError('S3_UNREACHABLE', `${url.host} ${fact} (${code})`, {
    hint: NETWORK_HINTS.find(([codes]) => codes.test(code))?.[1] ?? 'run the command again, or check the network',
    details: { host: url.host, cause: code },
  })
}
