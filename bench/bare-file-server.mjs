/**
 * The baseline for bench/server.ts: a minimal server for a folder over HTTP with ETags, on bare node:http. It checks
 * nothing.
 *
 * node bench/bare-file-server.mjs <folder>
 */
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

const root = path.resolve(process.argv[2] ?? '.')

const server = http.createServer((request, response) => {
  answer(request, response).catch(() => response.writeHead(404).end())
})

async function answer(request, response) {
  const file = path.join(root, path.normalize(request.url))
  const { size, mtimeMs } = await fs.promises.stat(file)
  const etag = `"${size}-${mtimeMs}"`
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
  const bytes = await fs.promises.readFile(file)
  response
    .writeHead(200, { etag, 'content-length': bytes.length, 'content-type': 'application/octet-stream' })
    .end(bytes)
}

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
