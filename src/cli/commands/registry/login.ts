import { z } from 'zod'
import type { TokenSummary } from '../../../schema/token.ts'
import { CpmError } from '../../../core/errors.ts'
import { keepToken, requireToken } from '../../../registry-client/credentials.ts'
import { type AccountParts, folderNotice, requireTrusted, withAccount } from '../../../operations/registries/account.ts'
import type { CommandSession } from '../../shell/command-session.ts'
import { renderToken } from '../../views/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { askSecret, readSecret } from '../../terminal/read-secret.ts'

export default defineCommand({
  input: z.object({
    registry,
    tokenStdin: z.boolean().default(false).describe('read the token from standard input instead of asking for it'),
    lockTimeout,
  }),
  positionals: ['registry'],
  examples: [
    ['Be asked for the token', 'cpm login https://packages.example.org/'],
    ['In a script', 'cpm login --token-stdin https://packages.example.org/ < token.txt'],
  ],
  run: (context, { tokenStdin, ...flags }) =>
    withAccount(context, flags, async (account): Promise<LoggedIn> => {
      const { url, place, file, lockTimeout } = account
      if (!url) throw new CpmError('USAGE', folderNotice(place), { hint: 'cpm login https://host/path/' })
      requireTrusted(account)
      const token = requireToken(await givenToken(context, tokenStdin, place), 'what was given')
      const checked = await check(context, flags, token)
      await keepToken(file, url, token, { now: context.now(), lockTimeout, emit: context.emit })
      return { place, ...checked, file }
    }),
  views: {
    human: ({ place, token, file }, style) => {
      const kept = `logged in to ${place}; the token is kept in ${file} (mode 0600)`
      return token === null
        ? `${kept}\nthe registry is made of files alone and can’t tell what the token may do`
        : `${kept}\n${renderToken(token, style)}`
    },
  },
})

interface LoggedIn {
  place: string
  registry: string
  /** what the token may do, where the registry tells */
  token: TokenSummary | null
  file: string
}

async function givenToken({ terminal }: CommandSession, fromStdin: boolean, place: string): Promise<string> {
  const { stdin, stderr } = terminal
  if (fromStdin) return await readSecret(stdin)
  if (stdin.isTTY) return await askSecret(stdin, (text) => stderr.write(text), `token for ${place}: `)
  throw new CpmError('USAGE', 'there is no terminal to ask for the token at', {
    hint: 'cpm login --token-stdin < file-with-the-token',
  })
}

/** Asks the registry about a token before it is kept: one that is no good is never written down. */
async function check(
  context: CommandSession,
  flags: { registry?: string | undefined },
  token: string,
): Promise<Pick<LoggedIn, 'registry' | 'token'>> {
  const asking = { ...context, env: context.env.with('CPM_TOKEN', token) }
  return await withAccount(asking, flags, async ({ registries, place }: AccountParts) => {
    try {
      const opened = await registries.default()
      const answer = await opened.whoami?.()
      return { registry: opened.id, token: answer?.token ?? null }
    } catch (error) {
      if (!(error instanceof CpmError) || error.code !== 'AUTH_REQUIRED') throw error
      throw new CpmError(
        'AUTH_REQUIRED',
        `${place} does not accept that token: it may be incomplete, expired or revoked`,
        {
          hint: 'check that all of it was given, or ask the registry’s operator for another',
          details: error.details,
        },
      )
    }
  })
}
