/**
 * Loaded into the real binary by NODE_OPTIONS=--import: no links can be created below NO_LINKS_BELOW, as on a FAT disk.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const folder = process.env.NO_LINKS_BELOW ?? ''
const { symlink, symlinkSync, linkSync } = fs
const isThere = (file) => folder !== '' && String(file).startsWith(folder)
const refusal = (file) =>
  Object.assign(new Error(`EPERM: operation not permitted, symlink ${file}`), { code: 'EPERM', syscall: 'symlink' })

fs.symlinkSync = (target, file, ...rest) => {
  if (isThere(file)) throw refusal(file)
  symlinkSync(target, file, ...rest)
}
fs.linkSync = (target, file) => {
  if (isThere(file)) throw refusal(file)
  linkSync(target, file)
}
fs.symlink = (target, file, ...rest) => {
  if (isThere(file)) rest.at(-1)(refusal(file))
  else symlink(target, file, ...rest)
}
syncBuiltinESMExports()
