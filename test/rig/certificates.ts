import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

/** PEM files of a certificate authority and the certificates that it signed. */
export interface Certificates {
  readonly ca: string
  /** for localhost, 127.0.0.1 and registry.test */
  readonly server: { readonly cert: string; readonly key: string }
  readonly client: { readonly cert: string; readonly key: string }
  /** an authority that nobody trusts */
  readonly stranger: string
}

/** Whether this machine can make certificates. */
export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

export function makeCertificates(folder: string): Certificates {
  fs.mkdirSync(folder, { recursive: true })
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const authority = (name: string) => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '30',
      '-subj',
      `/CN=${name}`,
      ...files,
    )
  }
  const signed = (name: string, extensions: string) => {
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    )
    fs.writeFileSync(path.join(folder, `${name}.ext`), extensions)
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '30',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    fs.chmodSync(path.join(folder, `${name}.key`), 0o600)
    return { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  }
  authority('ca')
  authority('stranger')
  return {
    ca: path.join(folder, 'ca.pem'),
    stranger: path.join(folder, 'stranger.pem'),
    server: signed('server', 'subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1\n'),
    client: signed('client', 'extendedKeyUsage=clientAuth\n'),
  }
}
