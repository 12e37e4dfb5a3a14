import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Rig } from '../rig/rig.ts'
import { serve, serveProcess } from '../rig/serve.ts'
import { Author, publishTo } from '../server/author.ts'
import { must, type Scene, type Stage } from './scene.ts'
import { type PublicationState, publicationState } from './states.ts'

const PUBLISHED = ['first', 'second', '@org/third']
const FILES = { 'data.txt': 'd'.repeat(9000) }

/** Returns how to look at a publication: everything that a registry shows is there, at every moment. */
function watched(rig: Rig): Pick<Stage, 'seen' | 'always'> {
  return {
    seen: async () => {
      // Readers take no lock and change nothing. The next change of the registry finishes or undoes a publication.
      await must(rig, 'yank before@1.0.0')
      await must(rig, 'unyank before@1.0.0')
      const state = publicationState(rig, PUBLISHED)
      return [state, await installed(rig, state)]
    },
    always: () =>
      publicationState(rig, PUBLISHED).flatMap(({ name, missing }) => missing.map((key) => `${name} lacks ${key}`)),
  }
}

/** Installs what a registry shows, in a project of its own. */
async function installed(rig: Rig, state: readonly PublicationState[]): Promise<string> {
  const names = state.filter(({ versions }) => versions.length > 0).map(({ name }) => name)
  const cwd = readerOf(rig)
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']))
  rig.write({ 'colony.yaml': JSON.stringify({ apiVersion: 'v1', dependencies }) }, cwd)
  await must(rig, 'install', cwd)
  await must(rig, 'verify', cwd)
  return names.join()
}

function readerOf(rig: Rig): string {
  return rig.path('reader')
}

const PUBLISH: Scene = {
  name: 'publish',
  prepare: async (rig) => {
    await rig.publish('before@1.0.0')
    const folders = PUBLISHED.map((name) => rig.package(`${name}@1.0.0`, { files: FILES }))
    return { args: ['publish', ...folders], cwd: rig.root, roots: [rig.home, readerOf(rig)], ...watched(rig) }
  },
}

/** A publication on a server, which is started again after it was killed. */
const SERVE: Scene = {
  name: 'serve (publish)',
  prepare: async (rig) => {
    await rig.publish('before@1.0.0')
    await using author = await Author.create()
    const signed = await author.sign(
      ...PUBLISHED.map((name): [string, { files: typeof FILES }] => [`${name}@1.0.0`, { files: FILES }]),
    )
    let token = ''
    {
      await using server = await serve(rig)
      token = server.token
    }
    return {
      args: ['serve'],
      cwd: rig.root,
      roots: [rig.home, readerOf(rig)],
      ...watched(rig),
      start: async (env) => {
        await using server = await serveProcess(rig, { env }).catch(() => undefined)
        if (!server) return 'SIGKILL'
        await publishTo({ ...server, token }, signed).catch(() => undefined)
        const ended = await Promise.race([server.ended, delay(300)])
        return ended?.signal
      },
      repeat: async () => {
        await using server = await serve(rig)
        const { status, body } = await publishTo({ ...server, token }, signed)
        return status < 300 ? [] : [`publishing again fails with ${status}: ${JSON.stringify(body)}`]
      },
    }
  },
}

interface ChangeScene {
  name: string
  args: (rig: Rig) => Promise<string[]>
  /** the append-only file that the command changes */
  file: string
}

/** A change of one line in a registry. */
function inRegistry({ name, args, file }: ChangeScene): Scene {
  return {
    name,
    prepare: async (rig) => {
      await rig.publish('codec@1.0.0', 'other@1.0.0')
      const text = () => fs.readFileSync(path.join(rig.registry, file), 'utf8')
      const before = text()
      return {
        args: await args(rig),
        cwd: rig.root,
        roots: [rig.home],
        seen: async () => {
          await must(rig, 'yank other@1.0.0')
          await must(rig, 'unyank other@1.0.0')
          return text().trimEnd().split('\n').length
        },
        always: () => (text().startsWith(before) ? [] : [`${file} lost a line`]),
      }
    },
  }
}

export const REGISTRY_SCENES: readonly Scene[] = [
  PUBLISH,
  SERVE,
  inRegistry({ name: 'yank', args: () => Promise.resolve(['yank', 'codec@1.0.0']), file: 'index/codec' }),
  inRegistry({
    name: 'owner add',
    args: async (rig) => {
      const { json } = await rig.cpm('key generate --json')
      return ['owner', 'add', 'codec', (json.data as { id: string }).id]
    },
    file: 'keys/codec',
  }),
]
