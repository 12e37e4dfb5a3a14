import type { NamedContext } from '../../schema/contexts.ts'
import { CpmError } from '../../core/errors.ts'
import { s3FromEnvironment, s3Place, type S3Place } from '../../engines/colonyos/files/s3-place.ts'
import { readKeyFile } from './colony-choice.ts'
import type { Session } from '../session.ts'
import { chosenContext } from '../contexts.ts'

/**
 * Finds the S3 bucket for a colony: that of the colony's context, otherwise that of the environment.
 * @param name the context that chose the colony, if any
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
    throw new CpmError('CONFIG_INVALID', `${file} does not contain an S3 key`, {
      hint: 'put the access key on the first line and the secret key on the second',
    })
  return { accessKey, secretKey }
}

/** Parses `--s3 https://host:port/bucket`. @throws CpmError USAGE */
export function parseS3(text: string): Pick<NonNullable<NamedContext['s3']>, 'endpoint' | 'tls' | 'bucket'> {
  const [, scheme, endpoint, bucket] = /^(https?):\/\/([^/@]+)\/([^/]+)\/?$/.exec(text) ?? []
  if (endpoint === undefined || bucket === undefined)
    throw new CpmError('USAGE', '--s3 must have the form https://host:port/bucket')
  return { endpoint, tls: scheme === 'https', bucket }
}
