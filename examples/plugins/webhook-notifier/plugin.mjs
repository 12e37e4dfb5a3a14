import { createHmac } from 'node:crypto'
import { definePlugin } from 'colony-cpm/plugin'

/**
 * Sends events to a web server, signed with HMAC-SHA-256 over the time and the body, so that the receiver can check who
 * sent them and refuse old ones.
 * Settings: `plugins.webhook-notifier.options`: `{ "url": "https://hooks.example.org/cpm" }`
 * The secret is in the environment variable CPM_WEBHOOK_SECRET.
 */
export default definePlugin({
  name: 'webhook-notifier',
  version: '1.0.0',
  description: 'Sends events to a web server, signed',
  permissions: { network: true, env: ['CPM_WEBHOOK_SECRET'] },

  onEvent: {
    events: ['published', 'resolved', 'repaired', 'node-finished'],
    async run({ event }, { options }) {
      const secret = process.env.CPM_WEBHOOK_SECRET
      if (!options.url || !secret) throw new Error('needs the option url and CPM_WEBHOOK_SECRET')
      const body = JSON.stringify(event)
      const time = String(Math.floor(Date.now() / 1000))
      const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
      const answer = await fetch(options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-cpm-time': time, 'x-cpm-signature': `sha256=${signature}` },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(5000),
      })
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
    },
  },
})
