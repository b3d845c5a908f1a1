import { createHash } from 'node:crypto'

/** Lua that Redis runs. Scripts are needed because HTTP carries only text, and one command per request. */
export interface Script {
  lua: string
  sha: string
  isReadOnly: boolean
}

function toScript(lua: string, { isReadOnly }: { isReadOnly: boolean }): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex'), isReadOnly }
}

/**
 * `commandAt` reads one command from ARGV and returns it with the position of the next. ARGV holds, in this order:
 * the number of arguments; the place of the binary argument (0 for none); its bytes; its words of 32 bits; the words;
 * the arguments.
 *
 * Words, because decoding base64 in Lua takes four times as long: 768 words take Redis 70 µs. It unpacks 128 words at
 * a time, because Lua's stack is limited.
 *
 * `fromBytes` encodes each text of a reply as numbers, `102,97,…`, if ARGV[1] asks for it.
 */
const LIBRARY = `
local function commandAt(i)
  local count, at, length, words = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local first = i + 4 + words
  local command = {unpack(ARGV, first, first + count - 1)}
  if at > 0 then
    local parts = {}
    for from = i + 4, first - 1, 128 do
      local to = math.min(from + 127, first - 1)
      parts[#parts + 1] = struct.pack('<' .. string.rep('I4', to - from + 1), unpack(ARGV, from, to))
    end
    command[at] = table.concat(parts):sub(1, length)
  end
  return command, first + count
end
local function fromBytes(value)
  if ARGV[1] ~= 'bytes' then return value end
  if type(value) == 'table' then
    for i, one in ipairs(value) do value[i] = fromBytes(one) end
  elseif type(value) == 'string' then
    local parts = {}
    for i = 1, #value, 4096 do parts[#parts + 1] = table.concat({value:byte(i, i + 4095)}, ',') end
    return table.concat(parts, ',')
  end
  return value
end
local function fingerprints()
  local all = {}
  for i, key in ipairs(KEYS) do all[i] = redis.sha1hex(redis.call('DUMP', key) or '') end
  return all
end
`

/** Runs one read command with bytes in it or in its reply. */
export const BINARY_READ = toScript(`${LIBRARY}return fromBytes(redis.pcall(unpack((commandAt(2)))))`, {
  isReadOnly: true,
})

/** A fingerprint of each key's value. It changes with the value. */
export const FINGERPRINTS = toScript(`${LIBRARY}return fingerprints()`, { isReadOnly: true })

/**
 * WATCH, MULTI and EXEC in one script. The fingerprints begin at ARGV[2], the commands follow. If a key's fingerprint
 * has changed, the script executes nothing and returns null.
 *
 * For each command it returns `reply` and the value, or `refused` and the reason: JSON would lose an error among the
 * elements.
 */
export const TRANSACTION = toScript(
  `${LIBRARY}
for i, now in ipairs(fingerprints()) do
  if now ~= ARGV[i + 1] then return false end
end
local replies, i = {}, #KEYS + 2
while i <= #ARGV do
  local command
  command, i = commandAt(i)
  local reply = redis.pcall(unpack(command))
  local refused = type(reply) == 'table' and reply.err
  replies[#replies + 1] = refused and {'refused', refused} or {'reply', fromBytes(reply)}
end
return replies`,
  { isReadOnly: false },
)
