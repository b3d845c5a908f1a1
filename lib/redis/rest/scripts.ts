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
 * Runs a command that reads, with bytes in it or in its reply.
 *
 * ARGV: whether to give texts as their bytes (`1`), the place of the bytes in the command (`0` for none), how many they
 * are, how many words of 32 bits follow, these words, the command. A text of the reply becomes `102,97,…`.
 *
 * Words, since packing base64 in Lua takes four times as long; 70 µs of Redis for 768 of them. By 128 for Lua's stack.
 */
export const WITH_BYTES = script(
  `
local at, length, words = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local command = {unpack(ARGV, 5 + words)}
if at > 0 then
  local parts = {}
  for first = 5, 4 + words, 128 do
    local last = math.min(first + 127, 4 + words)
    parts[#parts + 1] = struct.pack('<' .. string.rep('I4', last - first + 1), unpack(ARGV, first, last))
  end
  command[at] = table.concat(parts):sub(1, length)
end
local function bytes(value)
  if type(value) == 'table' then
    for i, one in ipairs(value) do value[i] = bytes(one) end
  elseif type(value) == 'string' then
    local parts = {}
    for i = 1, #value, 4096 do parts[#parts + 1] = table.concat({value:byte(i, i + 4095)}, ',') end
    return table.concat(parts, ',')
  end
  return value
end
local reply = redis.pcall(unpack(command))
if ARGV[1] == '1' then return bytes(reply) end
return reply
`,
  { isReadOnly: true },
)

/** What a key holds, as a text that is different when that is. */
export const FINGERPRINT = script(`return redis.sha1hex(redis.call('DUMP', KEYS[1]) or '')`, {
  isReadOnly: true,
})

/**
 * MULTI and EXEC, with WATCH: all commands, or null and none when KEYS[1] does not hold what it did.
 *
 * ARGV: the fingerprint, then of each command how many words it has, and these. Of each the reply is `reply` and what
 * it answered, or `refused` and why: in JSON, an error among the elements would be lost.
 */
export const TRANSACTION = script(
  `
if KEYS[1] and redis.sha1hex(redis.call('DUMP', KEYS[1]) or '') ~= ARGV[1] then return false end
local replies, at = {}, 2
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  local reply = redis.pcall(unpack(ARGV, at + 1, last))
  local refused = type(reply) == 'table' and reply.err
  replies[#replies + 1] = refused and {'refused', refused} or {'reply', reply}
  at = last + 1
end
return replies
`,
  { isReadOnly: false },
)
