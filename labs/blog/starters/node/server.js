'use strict'
// The start of a blog, with nothing but Node.js.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.

const http = require('node:http')

const host = process.env.HOST || '127.0.0.1'
const port = Number(process.env.PORT || 8000)
// DATA_DIR, OPENAI_BASE_URL and OPENAI_API_KEY are in the environment too: you will need them from stage 1 on.

const server = http.createServer((req, res) => {
  if (req.method === 'GET' && req.url === '/healthz') return answer(res, 200, { status: 'ok' })
  refuse(res, 404, 'path', 'not found')
})

function answer (res, status, body) {
  const data = Buffer.from(JSON.stringify(body))
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': data.length })
  res.end(data)
}

// In Conduit's form.
function refuse (res, status, what, why) {
  answer(res, status, { errors: { [what]: [why] } })
}

server.listen(port, host)
