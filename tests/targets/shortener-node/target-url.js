'use strict'
// Judges where a link may lead. The URL parser of the platform reads hosts as browsers do, odd spellings included;
// what it returns is judged, what the client wrote is stored.

const { BlockList, isIPv4 } = require('node:net')

const LEXICAL = /^https?:\/\/[\w\-.:[\]]+(?:[/?#][\w\-.~:/?#[\]@!$&'()*+,;=%]*)?$/i
const NAME = /^(?:[\w-]+\.)+[\w-]+$/

const closed = {
  ipv4: blockList('ipv4', ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16',
    '172.16.0.0/12', '192.168.0.0/16', '224.0.0.0/4', '240.0.0.0/4']),
  ipv6: blockList('ipv6', ['::/8', '64:ff9b::/96', '2002::/16', 'fc00::/7', 'fe80::/10', 'ff00::/8'])
}

function blockList (family, ranges) {
  const list = new BlockList()
  for (const range of ranges) {
    const [net, bits] = range.split('/')
    list.addSubnet(net, Number(bits), family)
  }
  return list
}

/** What is wrong with the URL, or null. `home` is the URL of the shortener. */
function faultOf (text, home) {
  if (typeof text !== 'string' || text.length > 2048) return 'must be a string of at most 2048 characters'
  if (!LEXICAL.test(text)) return 'must be an http or https URL with a host and without credentials'
  let url
  try {
    url = new URL(text)
  } catch {
    return 'must be a valid URL'
  }
  const hostname = url.hostname.replace(/\.$/, '')
  if (hostname === home.hostname && url.port === home.port) return 'must not be the shortener itself'
  if (hostname.startsWith('[')) return closed.ipv6.check(hostname.slice(1, -1), 'ipv6') ? 'must be public' : null
  if (isIPv4(hostname)) return closed.ipv4.check(hostname, 'ipv4') ? 'must be public' : null
  if (!NAME.test(hostname) || /\.(?:localhost|local|internal)$/.test(hostname)) return 'must be a public host name'
  return null
}

module.exports = { faultOf }
