import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { cpmVersion } from '../../core/version.ts'
import { countUndisturbed } from '../../operations/project/undisturbed.ts'
import { hasPlugins } from '../../operations/plugins/event-feed.ts'
import { upToDateText } from '../terminal/up-to-date.ts'
import { overview } from './overview.ts'

/** The part of a terminal that a shortcut needs. */
interface Place {
  readonly stdout: Pick<NodeJS.WriteStream, 'write'>
  readonly cwd: string
  readonly env: EnvironmentVariables
}

/**
 * Runs a command line that needs hardly any of cpm: `--version`, `--help`, `complete`, and `install` or `ci` where nothing has
 * changed since they found nothing to do.
 * @returns the exit status; undefined for any other command line, and whenever something is not as expected
 */
export async function takeShortcut(argv: readonly string[], place: Place): Promise<number | undefined> {
  const text = await textOf(argv, place).catch(() => undefined)
  if (text === undefined) return undefined
  place.stdout.write(text)
  return 0
}

async function textOf(argv: readonly string[], { cwd, env }: Place): Promise<string | undefined> {
  // It must never print an error into the line that somebody types.
  if (argv[0] === 'complete') return await completed(argv.slice(1), { cwd, env }).catch(() => '')
  const [word, quiet, ...more] = argv
  if (more.length > 0 || ![undefined, '-q', '--quiet'].includes(quiet)) return undefined
  switch (word) {
    case '--version':
    case '-V':
      return quiet === undefined ? `${cpmVersion()}\n` : undefined
    case '--help':
    case '-h':
      // Plugins may add commands.
      return quiet === undefined && !hasPlugins(env) ? overview() : undefined
    case 'i':
    case 'install':
    case 'ci': {
      const packages = await countUndisturbed(word === 'ci' ? 'ci' : 'install', { cwd, env, cpmVersion: cpmVersion() })
      return packages === undefined ? undefined : `${upToDateText(packages)}\n`
    }
    default:
      return undefined
  }
}

async function completed(args: readonly string[], place: Pick<Place, 'cwd' | 'env'>): Promise<string> {
  const { complete } = await import('../completion/complete.ts')
  return await complete(args, place)
}
