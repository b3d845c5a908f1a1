/**
 * Objects without users that tools put next to their files: folders of the S3 console, Spark's and Databricks' marks of
 * a finished job, what Hadoop has not yet moved to its place, checksums, Parquet's common metadata.
 */
const MARKERS: readonly RegExp[] = [
  /\/$/,
  /_\$folder\$$/,
  /(?:^|\/)_SUCCESS$/,
  /(?:^|\/)_(?:committed|started)_\d+$/,
  /(?:^|\/)_temporary\//,
  /(?:^|\/)_(?:common_)?metadata$/,
  /(?:^|\/)\.[^/]*\.crc$/,
  /(?:^|\/)\.DS_Store$/,
]

/** Whether an object is of the few that no import reads. Every other one has an import, and that has a report. */
export function isMarker(key: string): boolean {
  return MARKERS.some((marker) => marker.test(key))
}
