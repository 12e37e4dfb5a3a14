import { defineTask } from '../../core/task.ts'
import { sign } from '../ed25519.ts'

export interface SignInput {
  messages: readonly Uint8Array[]
  seed: Uint8Array
}

/** Signs messages with one key. */
export default defineTask(({ messages, seed }: SignInput): Uint8Array[] =>
  messages.map((message) => sign(message, seed)),
)
