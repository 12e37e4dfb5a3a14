import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { login } from '../../../operations/registries/login.ts'
import type { CommandSession } from '../../shell/command-session.ts'
import { renderToken } from '../../views/token.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { askSecret, readSecret } from '../../terminal/read-secret.ts'

export default defineCommand({
  input: z.object({
    registry,
    tokenStdin: z.boolean().default(false).describe('read the token from standard input'),
    lockTimeout,
  }),
  positionals: ['registry'],
  examples: [
    ['Log in, and enter the token', 'cpm login https://packages.example.org/'],
    ['Log in from a script', 'cpm login --token-stdin https://packages.example.org/ < token.txt'],
  ],
  run: (session, { tokenStdin, ...flags }) =>
    login(session, { ...flags, token: (place) => givenToken(session, tokenStdin, place) }),
  views: {
    human: ({ place, token, file }, style) => {
      const kept = `logged in to ${place}; the token is saved in ${file} (mode 0600)`
      return token === null
        ? `${kept}\nthe registry has only static files, and can't say what the token allows`
        : `${kept}\n${renderToken(token, style)}`
    },
  },
})

async function givenToken({ terminal }: CommandSession, fromStdin: boolean, place: string): Promise<string> {
  const { stdin, stderr } = terminal
  if (fromStdin) return await readSecret(stdin)
  if (stdin.isTTY) return await askSecret(stdin, (text) => stderr.write(text), `token for ${place}: `)
  throw new CpmError('USAGE', "stdin is not a terminal, so cpm can't ask for the token", {
    hint: 'cpm login --token-stdin < file-with-the-token',
  })
}
