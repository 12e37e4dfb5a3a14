/**
 * A minimal npm registry for the peers: serves the folder that npm-packages.ts wrote.
 *
 * node bench/install/npm-server.mjs <folder>
 */
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'

const root = path.resolve(process.argv[2] ?? '.')

const server = http.createServer((request, response) => {
  const name = decodeURIComponent(new URL(request.url, 'http://localhost').pathname.slice(1))
  const isTarball = name.endsWith('.tgz')
  fs.readFile(path.join(root, isTarball ? name : `${name}.json`), (error, bytes) => {
    if (error) return response.writeHead(404).end()
    // Tarballs are where the packument was, also behind a simulated link.
    const body = isTarball ? bytes : bytes.toString().replaceAll('BASE', `http://${request.headers.host}`)
    response
      .writeHead(200, {
        'content-type': isTarball ? 'application/octet-stream' : 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      .end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
