import type { OpenTokenStore } from '../../../core/server-ports.ts'

/** Loads the tokens of the server, which only the commands of `cpm serve` may import. */
export async function loadTokenStore(): Promise<OpenTokenStore> {
  const { Tokens } = await import('../../../../server/services/tokens.ts')
  return (options) => new Tokens(options)
}
