import { createHash } from 'node:crypto'

/** Lua that Redis runs: HTTP carries text alone, and one command at a time. */
export interface Script {
  lua: string
  sha: string
  isReadOnly: boolean
}

function script(lua: string, { isReadOnly }: { isReadOnly: boolean }): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex'), isReadOnly }
}

/**
 * `commandAt`: a command out of ARGV, and where the next one begins. It stands there as the number of its arguments, the
 * place of the one that is bytes (0 for none), how many bytes, how many words of 32 bits, these words, the arguments.
 *
 * Words, since unpacking base64 in Lua takes four times as long; 70 µs of Redis for 768 of them. By 128 for Lua's stack.
 *
 * `fromBytes`: a reply in which each text is its bytes as numbers, `102,97,…`; only where ARGV[1] asks for it.
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

/** Runs one command that reads, with bytes in it or in its reply. */
export const WITH_BYTES = script(`${LIBRARY}return fromBytes(redis.pcall(unpack((commandAt(2)))))`, {
  isReadOnly: true,
})

/** What each key holds, as a text that is another when that is. */
export const FINGERPRINTS = script(`${LIBRARY}return fingerprints()`, { isReadOnly: true })

/**
 * MULTI and EXEC, with WATCH: all commands behind the fingerprints, which begin at ARGV[2], or null and none when one of
 * KEYS has another by now.
 *
 * Of each the reply is `reply` and what it answered, or `refused` and why: in JSON, an error among the elements would
 * be lost.
 */
export const TRANSACTION = script(
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
