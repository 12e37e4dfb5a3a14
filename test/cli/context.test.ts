import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type CommandSession, createCommandSession } from '../../src/cli/shell/command-session.ts'
import contextAdd from '../../src/cli/commands/context/add.ts'
import workflowList from '../../src/cli/commands/workflow/list.ts'
import { nameAfterNobody } from '../../src/core/process-identity.ts'
import { lineReporter } from '../../src/cli/terminal/reporter.ts'
import { captureTerminal } from '../rig/in-process.ts'
import { TemporaryFolder } from '../workflow/rig.ts'

async function inHome<T>(home: string, work: (session: CommandSession) => Promise<T>): Promise<T> {
  const { signal } = new AbortController()
  const { terminal } = captureTerminal({ cwd: '/', env: { CPM_HOME: home } })
  const flags = { json: true, events: false, quiet: false, debug: false }
  const session = createCommandSession(terminal, flags, {
    reporter: lineReporter(() => undefined),
    signal,
    cpmVersion: 'test',
    pool: undefined,
  })
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

const list = (session: CommandSession) => Promise.resolve(workflowList.run(session, workflowList.input.parse({})))
const add = (session: CommandSession, given: object) =>
  Promise.resolve(contextAdd.run(session, contextAdd.input.parse(given)))

test('damaged contexts only stop commands that need a registry', async () => {
  using folder = new TemporaryFolder().write({ 'contexts.json': '{' })
  await inHome(folder.path, async (session) => {
    expect(await list(session)).toMatchObject({ total: 0 })
    const settings = await session.config()
    expect(() => settings.registriesOf).toThrow('contexts.json')
  })
})

test('a context must not be empty, and the home is created with mode 0700', async () => {
  using folder = new TemporaryFolder()
  const home = path.join(folder.path, 'home')
  await inHome(home, async (session) => {
    await expect(add(session, { name: 'p' })).rejects.toThrow('the context p would be empty')
    expect(fs.existsSync(home)).toBe(false)
    expect(await add(session, { name: 'p', registry: './r' })).toMatchObject({ isCurrent: true, registry: '/r' })
    expect((await session.config()).registriesOf.user.default).toBe('/r')
    if (process.platform !== 'win32') expect(fs.statSync(home).mode & 0o777).toBe(0o700)
  })
})

test('commands that look at runs remove the secrets that a killed cpm left', async () => {
  using folder = new TemporaryFolder()
  const left = path.join(folder.path, 'secrets', nameAfterNobody('0a1b2c3d'))
  fs.mkdirSync(left, { recursive: true })
  fs.writeFileSync(path.join(left, '1-token'), 'c4n4ry')
  await inHome(folder.path, list)
  expect(fs.existsSync(left)).toBe(false)
})
