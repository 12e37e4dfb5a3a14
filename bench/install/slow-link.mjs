/**
 * A simulated link: forwards TCP connections to a local port, with a delay in each direction and a rate that all
 * connections share.
 *
 * node bench/install/slow-link.mjs <port> <delay in ms> <MB per second>
 */
import net from 'node:net'

const [port, delay, rate] = process.argv.slice(2).map(Number)
/** when the shared link has sent everything that was queued so far, in ms */
let free = 0

function forward(from, to) {
  from.on('data', (chunk) => {
    const now = performance.now()
    free = Math.max(free, now) + chunk.length / (rate * 1000)
    const due = free - now + delay
    if (due - delay > 50) from.pause()
    setTimeout(() => {
      if (!to.destroyed) to.write(chunk)
      from.resume()
    }, due)
  })
  from.on('end', () => setTimeout(() => to.end(), Math.max(0, free - performance.now()) + delay))
  from.on('error', () => to.destroy())
  from.on('close', () => setTimeout(() => to.destroy(), Math.max(0, free - performance.now()) + delay + 10))
}

const server = net.createServer({ noDelay: true }, (client) => {
  const upstream = net.connect({ port, host: '127.0.0.1', noDelay: true })
  forward(client, upstream)
  forward(upstream, client)
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
