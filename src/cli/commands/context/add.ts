import path from 'node:path'
import { z } from 'zod'
import { ContextName, type NamedContext } from '../../../schema/contexts.ts'
import { writeFileAtomic } from '../../../core/atomic-file.ts'
import { CpmError } from '../../../core/errors.ts'
import { readKeyFile } from '../../../operations/runs/colony-choice.ts'
import { changeContexts } from '../../../operations/change-contexts.ts'
import type { CommandSession } from '../../shell/command-session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'
import { askSecret, readSecret } from '../../terminal/read-secret.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { parseS3, readS3Key } from '../../../operations/runs/s3-choice.ts'

export default defineCommand({
  input: z.object({
    name: ContextName.meta({ description: 'the name of the context', value: 'name' }),
    registry: z
      .string()
      .optional()
      .meta({ description: 'the registry: a folder, a URL, or a name from your configuration', value: 'registry' }),
    server: z.string().optional().meta({ description: "the colony's server, such as https://host:port", value: 'url' }),
    colony: z.string().optional().meta({ description: "the colony's name", value: 'name' }),
    keyFile: z
      .string()
      .optional()
      .meta({ description: 'the file with your key for the colony, mode 0600', value: 'file' }),
    keyStdin: z.boolean().default(false).describe('read your key from standard input and save it'),
    askKey: z.boolean().default(false).describe('ask for your key and save it'),
    s3: z.string().optional().meta({
      description: 'the S3 bucket for ColonyFS, such as https://host:port/bucket',
      value: 'url',
    }),
    s3Region: z.string().optional().meta({ description: 'the region of the bucket', value: 'region' }),
    s3KeyFile: z.string().optional().meta({
      description: 'the file with the access key and the secret key, one per line, mode 0600',
      value: 'file',
    }),
    lockTimeout,
  }),
  positionals: ['name'],
  examples: [
    [
      'Add a colony, with the key in a file',
      'cpm context add lab --server https://colony.example.org:443 --colony lab --key-file ~/.colony/key',
    ],
    ['Add a registry only', 'cpm context add work --registry https://packages.example.org/'],
  ],
  run: async (session, { name, lockTimeout, ...given }) => {
    const { colonyKeys } = session.home(await session.config())
    const kept = path.join(colonyKeys, name)
    const key = await givenKey(session, given)
    const s3 = givenS3(session, given)
    const added: NamedContext = {
      ...(given.registry !== undefined && { registry: registryOf(session, given.registry) }),
      ...(given.server !== undefined && { server: serverOf(given.server) }),
      ...(given.colony !== undefined && { colony: given.colony }),
      ...(key !== undefined && { keyFile: key.file ?? kept }),
      ...(s3 && { s3 }),
    }
    if (Object.keys(added).length === 0)
      throw new CpmError('USAGE', `the context ${name} would be empty`, {
        hint: 'pass --registry, or --server with --colony and a key',
      })
    const { current } = await changeContexts(session, lockTimeout, (before) => {
      if (Object.hasOwn(before.contexts, name))
        throw new CpmError('USAGE', `the context ${name} already exists`, { hint: `cpm context remove ${name}` })
      // Writes the key first: a context without its key file would be useless.
      if (key?.text !== undefined) writeFileAtomic(kept, `${key.text}\n`, { mode: 0o600 })
      return { ...before, current: before.current ?? name, contexts: { ...before.contexts, [name]: added } }
    })
    return { name, ...added, isCurrent: current === name }
  },
  views: {
    human: ({ name, isCurrent }) =>
      isCurrent
        ? `added ${name}, which is now the default`
        : `added ${name}; to make it the default: cpm context use ${name}`,
  },
})

interface GivenKey {
  /** the key file, if the user named one */
  file?: string
  /** the key to save, if the user typed one */
  text?: string
}

interface KeyFlags {
  keyFile?: string | undefined
  keyStdin: boolean
  askKey: boolean
}

async function givenKey(
  { cwd, terminal }: CommandSession,
  { keyFile, keyStdin, askKey }: KeyFlags,
): Promise<GivenKey | undefined> {
  const ways = [keyFile !== undefined, keyStdin, askKey].filter(Boolean).length
  if (ways > 1) throw new CpmError('USAGE', 'use only one of --key-file, --key-stdin and --ask-key')
  if (ways === 0) return undefined
  const { identityOf } = await import('../../../engines/colonyos/identity.ts')
  if (keyFile !== undefined) {
    const file = path.resolve(cwd, keyFile)
    identityOf(readKeyFile(file), file)
    return { file }
  }
  const text = keyStdin ? (await readSecret(terminal.stdin)).trim() : await asked(terminal)
  identityOf(text, 'the key')
  return { text }
}

async function asked({ stdin, stderr }: Terminal): Promise<string> {
  if (!stdin.isTTY)
    throw new CpmError('USAGE', "stdin is not a terminal, so cpm can't ask for the key", { hint: '--key-stdin < file' })
  return (await askSecret(stdin, (text) => stderr.write(text), 'your key for the colony: ')).trim()
}

interface S3Flags {
  s3?: string | undefined
  s3Region?: string | undefined
  s3KeyFile?: string | undefined
}

function givenS3({ cwd }: CommandSession, { s3, s3Region: region, s3KeyFile }: S3Flags): NamedContext['s3'] {
  if (s3 === undefined && s3KeyFile === undefined && region === undefined) return undefined
  if (s3 === undefined || s3KeyFile === undefined)
    throw new CpmError('USAGE', '--s3 and --s3-key-file must be used together')
  const keyFile = path.resolve(cwd, s3KeyFile)
  readS3Key(keyFile)
  return { ...parseS3(s3), ...(region !== undefined && { region }), keyFile }
}

/** Resolves a folder now, because later commands may run in another working folder. */
function registryOf({ cwd }: CommandSession, text: string): string {
  return text.startsWith('.') || path.isAbsolute(text) ? path.resolve(cwd, text) : text
}

function serverOf(text: string): NonNullable<NamedContext['server']> {
  const match = /^(https?):\/\/([^/:@]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})\/?$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port < 1 || port > 65_535)
    throw new CpmError('USAGE', '--server must look like https://host:port', {
      hint: 'without TLS: http://host:port, for this machine or hosts in colony.insecureHosts',
    })
  return { host: match[2] ?? '', port, tls: match[1] === 'https' }
}
