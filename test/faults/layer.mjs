/**
 * A layer over node:fs: each change of the file system is a numbered step at which tests can kill the process or make
 * the call fail. Calls that change much at once are split, so that a file may be half-written and a folder half-removed
 * when the process stops.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { syncBuiltinESMExports } from 'node:module'

const CHANGES = ['create', 'make', 'link', 'copy', 'write', 'half', 'move', 'free', 'mark', 'sync']
const GROWING = ['create', 'make', 'link', 'copy', 'write', 'half', 'move', 'sync']

/** Which kinds of steps each fault can have. A full disk still allows removing files. */
const AFFECTED = {
  kill: CHANGES,
  ENOSPC: GROWING,
  EDQUOT: GROWING,
  EIO: CHANGES,
  EROFS: ['create', 'make', 'link', 'copy', 'move', 'free', 'mark'],
  EMFILE: ['open', 'create', 'copy'],
  EXDEV: ['link', 'move'],
  short: ['half'],
}

export function isAffected(fault, kind) {
  return AFFECTED[fault].includes(kind)
}

/** Returns the steps at which a fault strikes: the k-th of those that it can affect, and with `stays` all later ones. */
export function faultAt(fault, k, { stays = false, kill } = {}) {
  let done = 0
  return {
    strikes: ({ kind }) => isAffected(fault, kind) && (++done === k || (stays && done > k)),
    strike: ({ call, file }) => {
      if (fault === 'short') return undefined
      if (fault === 'kill') kill()
      const at = typeof file === 'string' ? { path: file } : {}
      const error = new Error(`${fault}: injected at step ${done}, ${call}`)
      throw Object.assign(error, { code: fault, errno: -(os.constants.errno[fault] ?? 1), syscall: call, ...at })
    },
    get struck() {
      return done >= k
    },
  }
}

const original = { ...fs, promises: { ...fs.promises } }

/** Puts the layer over node:fs until the returned function is called. */
export function overlay({ strikes, strike }) {
  const step = (call, kind, file) => {
    const it = { call, kind, file: named(file) }
    if (strikes(it)) strike(it)
  }
  const layer = { ...plainCalls(step), ...splitCalls({ step, strikes, strike }), ...laterCalls(step) }
  const promises = promised(step)
  Object.assign(fs, layer)
  Object.assign(fs.promises, promises)
  syncBuiltinESMExports()
  return () => {
    for (const name of Object.keys(layer)) fs[name] = original[name]
    for (const name of Object.keys(promises)) fs.promises[name] = original.promises[name]
    syncBuiltinESMExports()
  }
}

function named(file) {
  if (file instanceof URL) return file.pathname
  return typeof file === 'number' ? file : path.resolve(String(file))
}

/** The calls that are one step each: their kind, and which argument names what they change. */
const PLAIN = {
  mkdir: ['make', 0],
  mkdtemp: ['make', 0],
  symlink: ['make', 1],
  link: ['link', 1],
  rename: ['move', 1],
  unlink: ['free', 0],
  rmdir: ['free', 0],
  truncate: ['free', 0],
  ftruncate: ['free', 0],
  chmod: ['mark', 0],
  utimes: ['mark', 0],
  lutimes: ['mark', 0],
  fsync: ['sync', 0],
  fdatasync: ['sync', 0],
  readdir: ['open', 0],
  opendir: ['open', 0],
}

function plainCalls(step) {
  return Object.fromEntries(
    Object.entries(PLAIN).map(([call, [kind, argument]]) => [
      `${call}Sync`,
      (...args) => {
        step(call, kind, args[argument])
        return original[`${call}Sync`](...args)
      },
    ]),
  )
}

function kindOfOpen(flags = 'r') {
  const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants
  const writes = typeof flags === 'string' ? flags !== 'r' : (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
  return writes ? 'create' : 'open'
}

function splitCalls({ step, strikes, strike }) {
  const half = (fd, bytes, position) => {
    const it = { call: 'write', kind: 'half', file: fd }
    if (bytes.length < 2 || !strikes(it)) return original.writeSync(fd, bytes, 0, bytes.length, position)
    const written = original.writeSync(fd, bytes, 0, bytes.length >> 1, position)
    strike(it)
    return written
  }
  const calls = {
    openSync: (file, flags, mode) => {
      step('open', kindOfOpen(flags), file)
      return original.openSync(file, flags, mode)
    },
    writeSync: (fd, data, ...rest) => {
      const { bytes, position } = readWrite(data, rest)
      step('write', 'write', fd)
      return half(fd, bytes, position)
    },
    writeFileSync: (file, data, options) => {
      const {
        encoding,
        mode = 0o666,
        flag = 'w',
      } = typeof options === 'string' ? { encoding: options } : { ...options }
      const fd = typeof file === 'number' ? file : calls.openSync(file, flag, mode)
      const bytes = typeof data === 'string' ? Buffer.from(data, encoding ?? 'utf8') : Buffer.from(data)
      try {
        for (let done = 0; done < bytes.length;) done += calls.writeSync(fd, bytes.subarray(done))
      } finally {
        if (fd !== file) fs.closeSync(fd)
      }
    },
    appendFileSync: (file, data, options) => {
      const rest = typeof options === 'string' ? { encoding: options } : options
      calls.writeFileSync(file, data, { flag: 'a', ...rest })
    },
    readFileSync: (file, options) => {
      if (typeof file !== 'number') step('open', 'open', file)
      return original.readFileSync(file, options)
    },
    copyFileSync: (from, to, mode) => {
      step('copyfile', 'copy', to)
      original.copyFileSync(from, to, mode)
      const it = { call: 'copyfile', kind: 'copy', file: named(to) }
      if (!strikes(it)) return
      original.truncateSync(to, original.statSync(to).size >> 1)
      strike(it)
    },
    rmSync: (file, options = {}) => {
      const stats = original.lstatSync(file, { throwIfNoEntry: false })
      if (!stats || (stats.isDirectory() && !options.recursive)) return original.rmSync(file, options)
      try {
        if (!stats.isDirectory()) return fs.unlinkSync(file)
        for (const name of fs.readdirSync(file)) calls.rmSync(path.join(String(file), name), options)
        fs.rmdirSync(file)
      } catch (error) {
        if (!options.force || error.code !== 'ENOENT') throw error
      }
    },
  }
  return calls
}

/** Reads the many forms of the arguments of a write. */
function readWrite(data, [first, length, position]) {
  if (typeof data === 'string') return { bytes: Buffer.from(data, length ?? 'utf8'), position: first ?? null }
  const whole = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const options = typeof first === 'object' && first !== null ? first : { offset: first, length, position }
  const offset = options.offset ?? 0
  const end = offset + (options.length ?? whole.length - offset)
  return { bytes: whole.subarray(offset, end), position: options.position ?? null }
}

/** The calls with a callback. */
function laterCalls(step) {
  const later =
    (call, kindOf, argument) =>
    (...args) => {
      try {
        step(call, kindOf(args), args[argument])
      } catch (error) {
        process.nextTick(args.at(-1), error)
        return
      }
      original[call](...args)
    }
  return {
    ...Object.fromEntries(
      Object.entries(PLAIN).map(([call, [kind, argument]]) => [call, later(call, () => kind, argument)]),
    ),
    open: later('open', ([, flags]) => kindOfOpen(typeof flags === 'function' ? 'r' : flags), 0),
    write: later('write', () => 'write', 0),
    writev: later('writev', () => 'write', 0),
  }
}

function promised(step) {
  const later =
    (call, kindOf, argument) =>
    async (...args) => {
      step(call, kindOf(args), args[argument])
      return await original.promises[call](...args)
    }
  return {
    open: later('open', ([, flags]) => kindOfOpen(flags), 0),
    copyFile: later('copyFile', () => 'copy', 1),
    rm: later('rm', () => 'free', 0),
    rename: later('rename', () => 'move', 1),
    mkdir: later('mkdir', () => 'make', 0),
    writeFile: later('writeFile', () => 'create', 0),
    unlink: later('unlink', () => 'free', 0),
  }
}
