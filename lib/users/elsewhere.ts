import * as v from 'valibot'

export const PlaceSchema = v.object({
  place: v.picklist(['files', 'reports', 'audiences', 'backups', 'logs']),
  where: v.string(),
  until: v.string(),
})
export type Place = v.InferOutput<typeof PlaceSchema>

/**
 * Where a deleted person may still be. `DELETE /users/{id}` answers with it: no function can look into all of these
 * places. `docs/users.md` says how to erase a person there.
 */
export const ELSEWHERE: readonly Place[] = [
  {
    place: 'files',
    where: 'the imported files under imports/ that have the person, and their older versions in the bucket',
    until: 'you delete them; older versions expire after 30 days by default',
  },
  {
    place: 'reports',
    where: "reports and files of rejects under reports/, which may have the person's id",
    until: 'they expire after 90 days by default',
  },
  {
    place: 'audiences',
    where: 'files of audiences under audiences/ that have the person, and files of seeds and exclusions',
    until: 'audiences expire after 90 days by default or with DELETE /audiences/{id}; files of seeds stay',
  },
  {
    place: 'backups',
    where: "Redis's append-only file, its snapshots, its replicas that are behind, and copies of these",
    until: 'the file is rewritten (BGREWRITEAOF), and you delete the copies',
  },
  {
    place: 'logs',
    where: "the log, which has a SHA-256 of the person's id, and no other data of the person",
    until: 'the log expires after 30 days by default',
  },
]
