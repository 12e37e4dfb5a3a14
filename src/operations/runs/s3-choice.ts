import type { NamedContext } from '../../schema/contexts.ts'
import { CpmError } from '../../core/errors.ts'
import { s3FromEnvironment, s3Place, type S3Place } from '../../engines/colonyos/files/s3-place.ts'
import { readKeyFile } from './colony-choice.ts'
import type { Session } from '../session.ts'
import { chosenContext } from '../contexts.ts'

/**
 * The S3 for a colony: that of the context by which the colony was chosen, else that of the environment.
 * @param name the context, where the colony was chosen by one
 */
export async function findS3(session: Session, name: string | undefined): Promise<S3Place | undefined> {
  const settings = await session.config()
  const { insecureHosts = [] } = settings.colony ?? {}
  const allowsInsecure = (hostname: string) => insecureHosts.includes(hostname)
  const { contexts: file } = session.home(settings)
  const s3 = name === undefined ? undefined : chosenContext(file, { flag: name, env: session.env })?.s3
  if (!s3) return s3FromEnvironment(session.env, allowsInsecure)
  return s3Place({ ...s3, ...readS3Key(s3.keyFile) }, allowsInsecure)
}

/** @throws CpmError CREDENTIALS_UNSAFE or CONFIG_INVALID */
export function readS3Key(file: string): { accessKey: string; secretKey: string } {
  const [accessKey, secretKey, ...more] = readKeyFile(file).split(/\r?\n/)
  if (accessKey === undefined || secretKey === undefined || secretKey === '' || more.length > 0)
    throw new CpmError('CONFIG_INVALID', `${file} is no key for an S3`, {
      hint: 'write the access key in its first line and the secret key in its second',
    })
  return { accessKey, secretKey }
}

/** What `--s3 https://host:port/bucket` means. @throws CpmError USAGE */
export function parseS3(text: string): Pick<NonNullable<NamedContext['s3']>, 'endpoint' | 'tls' | 'bucket'> {
  const [, scheme, endpoint, bucket] = /^(https?):\/\/([^/@]+)\/([^/]+)\/?$/.exec(text) ?? []
  if (endpoint === undefined || bucket === undefined)
    throw new CpmError('USAGE', '--s3: write it as https://host:port/bucket')
  return { endpoint, tls: scheme === 'https', bucket }
}
