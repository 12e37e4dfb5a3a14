import fs from 'node:fs'
import path from 'node:path'
import { fileError } from '../core/errors.ts'

/** Names that hold credentials by convention. */
const NAMES: readonly [RegExp, string][] = [
  [/^\.env(\..+)?$/, 'an environment file'],
  [/^\.(npmrc|yarnrc|yarnrc\.yml|pypirc|netrc|dockercfg|git-credentials|htpasswd|pgpass)$/, 'a credentials file'],
  [/^(id_rsa|id_dsa|id_ecdsa|id_ed25519)$/, 'a private SSH key'],
  [/\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc)$/i, 'a key or certificate store'],
  [/^(credentials|service[-_]account.*\.json|kubeconfig)$/i, 'a credentials file'],
]
const HARMLESS = /^\.env\.(example|sample|template|dist)$/
const CONTENTS: readonly [RegExp, string][] = [
  [/-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----/, 'it holds a private key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'it holds an AWS access key id'],
  [/\bgh[pousr]_[A-Za-z0-9]{36,255}\b/, 'it holds a GitHub token'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'it holds an npm token'],
]
const HEAD_BYTES = 8192

/** Why a file looks like a secret, by its name or the beginning of its contents; undefined when it does not. */
export function looksLikeSecret(file: string, relative: string): string | undefined {
  const name = path.posix.basename(relative)
  if (HARMLESS.test(name)) return undefined
  const byName = NAMES.find(([pattern]) => pattern.test(name))
  if (byName) return byName[1]
  const head = readHead(file)
  return CONTENTS.find(([pattern]) => pattern.test(head))?.[1]
}

function readHead(file: string): string {
  let fd: number | undefined
  try {
    fd = fs.openSync(file, 'r')
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, HEAD_BYTES, 0))
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
