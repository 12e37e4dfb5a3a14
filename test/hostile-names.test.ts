import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canonicalJson } from '../src/core/canonical-json.ts'
import { Rig } from './rig/rig.ts'

/** What no name, version, range, file or key may be. Each means something else to some system or reader. */
const HOSTILE = [
  ...['..', '.', '../x', '../../etc/passwd', '/etc/passwd', '//x', 'a/../../b', 'a/b/c', '@a', '@/a', '@a/', '@../x', '@a/..'],
  ...['..\\x', 'a\\b', 'C:x', 'C:\\x', '\\\\srv\\x', 'a:b', 'con.', 'a\0b', 'a\nb', 'a b', 'a%2f..%2fb', '%2e%2e', '~/x'],
  ...['A', 'É', 'e\u0301', 'a\u202eb', '\u200b', '\ufeffa', 'K', '-rf', '--registry=x', '__proto__', 'a;id', '$(id)', '`id`'],
  ...['a'.repeat(101), 'a'.repeat(70_000), '{{a}}', '<script>', '\u001b[31m', "a'b", 'a"b', '@a/b/../../c', 'file:///x'],
] // prettier-ignore
// No argument of a process contains a null character.
const ARGUMENTS = HOSTILE.filter((text) => !text.includes('\0') && text.length < 1000)

let rig: Rig
let project: string

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
  project = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
})
afterAll(() => rig[Symbol.asyncDispose]())

/** Everything next to the home and the project, and what they contain except for caches. */
function outside(): string[] {
  return fs
    .readdirSync(rig.root, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^home\/(cache|store)/.test(name))
}

/** Runs a command that must be refused with an error, in a project that stays as it is. */
async function refuses(args: string[], codes: RegExp, what: string): Promise<void> {
  const before = outside()
  const { stdout, stderr } = await rig.cpm(['--json', ...args], { cwd: project })
  const { success, error } = JSON.parse(stdout) as { success: boolean; error: { code: string } | null }
  expect([success, error?.code], `${what}: ${stderr}`).toEqual([false, expect.stringMatching(codes)])
  expect(outside(), what).toEqual(before)
}

describe('B01 a name that could lead elsewhere', () => {
  const COMMANDS = ['install', 'uninstall', 'info', 'path', 'why', 'update', 'owner list', 'yank']

  test.each(COMMANDS)('is refused by cpm %s', async (command) => {
    for (const text of ARGUMENTS) {
      // An option after -- is an argument.
      const args = [...command.split(' '), '--', command === 'yank' ? `${text}@1.0.0` : text]
      await refuses(args, /^(?!INTERNAL$)/, `${command} ${JSON.stringify(text)}`)
    }
  })

  const LOCK_FIELDS: Record<string, (locked: object, text: string) => Partial<Lock>> = {
    'the name of a package': (locked, text) => ({ packages: { [text]: locked } }),
    'a version': (locked, text) => ({ packages: { a: { ...locked, version: text } } }),
    'a registry': (locked, text) => ({ packages: { a: { ...locked, registry: text } } }),
    'a tree': (locked, text) => ({ packages: { a: { ...locked, tree: text } } }),
    'a dependency': (locked, text) => ({ packages: { a: { ...locked, dependencies: { [text]: '*' } } } }),
    'an owner': (locked, text) => ({ packages: { a: { ...locked, owner: text } } }),
    'a package that was left out': (_locked, text) => ({ omitted: { [text]: 'why' } }),
  }

  test.each(Object.keys(LOCK_FIELDS))('is refused as %s in colony.lock', async (field) => {
    const file = path.join(project, 'colony.lock')
    const good = fs.readFileSync(file, 'utf8')
    for (const text of HOSTILE) {
      const lock = JSON.parse(good) as Lock
      fs.writeFileSync(file, JSON.stringify({ ...lock, ...LOCK_FIELDS[field]?.(lock.packages.a ?? {}, text) }))
      await refuses(
        ['ci'],
        /^LOCK_(?:INVALID|OUTDATED)$|^REGISTRY_|^PROOF_MISSING$/,
        `${field} ${JSON.stringify(text)}`,
      )
    }
    fs.writeFileSync(file, good)
  })

  test.each(['name', 'version', 'dependencies', 'tree', 'envelope'])('is refused as %s in an index', async (field) => {
    const file = path.join(rig.registry, 'index', 'a')
    const good = fs.readFileSync(file, 'utf8')
    const record = JSON.parse(good) as Record<string, unknown>
    for (const text of HOSTILE) {
      const line = canonicalJson({ ...record, [field]: field === 'dependencies' ? { zzz: '*' } : text })
      fs.writeFileSync(file, `${line.replace('"zzz"', () => JSON.stringify(text))}\n`)
      fs.rmSync(path.join(rig.home, 'cache'), { recursive: true, force: true })
      await refuses(['resolve'], /^INDEX_INVALID$/, `${field} ${JSON.stringify(text)}`)
    }
    fs.writeFileSync(file, good)
  })
})

interface Lock {
  packages: Record<string, object>
  omitted: Record<string, string>
}
