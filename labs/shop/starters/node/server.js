'use strict'
// The start of a shop, with nothing but Node.js.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.

const http = require('node:http')

const host = process.env.HOST || '127.0.0.1'
const port = Number(process.env.PORT || 8000)
// DATA_DIR, PAYMENTS_URL, PAYMENTS_KEY and PAYMENTS_WEBHOOK_SECRET are in the environment too.

const server = http.createServer((req, res) => {
  if (req.method === 'GET' && req.url === '/healthz') return answer(res, 200, { status: 'ok' })
  problem(res, 404, 'There is nothing here.')
})

function answer (res, status, body, type = 'application/json') {
  const data = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { 'content-type': type, 'content-length': data.length })
  res.end(data)
}

function problem (res, status, title) {
  answer(res, status, { title, status }, 'application/problem+json')
}

server.listen(port, host)
