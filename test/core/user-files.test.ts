import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readIfThere } from '../../src/core/atomic-file.ts'
import { readUserFile, readUserText, writeUserFile } from '../../src/core/user-files.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-files-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})
const at = (name: string) => path.join(folder, name)
const hasDevices = process.platform !== 'win32'

describe('reading', () => {
  test('a file, also by a link', () => {
    fs.writeFileSync(at('a'), 'text')
    fs.symlinkSync(at('a'), at('link'))
    expect(readUserText(at('link'))).toBe('text')
  })

  test('not one that is larger than it may be, or a folder, or nothing', () => {
    fs.writeFileSync(at('a'), 'x'.repeat(2049))
    expect(() => readUserFile(at('a'), 2048)).toThrow(`cannot read ${at('a')}: it is larger than 2 KiB`)
    expect(() => readUserFile(folder)).toThrow('it is a folder')
    expect(() => readUserFile(at('nothing'))).toThrow('ENOENT')
  })

  test.runIf(hasDevices)('never a device or a pipe, which have no end', () => {
    fs.symlinkSync('/dev/zero', at('zero'))
    execFileSync('mkfifo', [at('pipe')])
    for (const name of ['zero', 'pipe']) {
      expect(() => readUserFile(at(name))).toThrow('it is no regular file')
      expect(() => readIfThere(at(name))).toThrow('it is no regular file')
    }
  })
})

describe('writing', () => {
  test('a new file, and one that is there, whose mode stays', () => {
    writeUserFile(at('a'), 'one')
    fs.chmodSync(at('a'), 0o600)
    writeUserFile(at('a'), 'two')
    expect(fs.readFileSync(at('a'), 'utf8')).toBe('two')
    expect(fs.statSync(at('a')).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(folder)).toEqual(['a'])
  })

  test('the file that a link leads to', () => {
    fs.writeFileSync(at('a'), 'one')
    fs.symlinkSync(at('a'), at('link'))
    writeUserFile(at('link'), 'two')
    expect(fs.readFileSync(at('a'), 'utf8')).toBe('two')
    expect(fs.lstatSync(at('link')).isSymbolicLink()).toBe(true)
  })

  test('no folder that nobody made', () => {
    expect(() => {
      writeUserFile(at('none/a'), 'one')
    }).toThrow(`there is no folder ${at('none')}`)
    expect(() => {
      writeUserFile(folder, 'one')
    }).toThrow('EISDIR')
  })

  test.runIf(hasDevices)('into a pipe, which stays one', () => {
    execFileSync('mkfifo', [at('pipe')])
    const reader = fs.openSync(at('pipe'), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    writeUserFile(at('pipe'), 'through')
    expect(fs.readFileSync(reader, 'utf8')).toBe('through')
    fs.closeSync(reader)
    expect(fs.lstatSync(at('pipe')).isFIFO()).toBe(true)
  })
})
