/** A format that is recognised by its first bytes, and is not imported. */
interface Signature {
  name: string
  /** As Latin-1. */
  bytes: string
  at?: number
  /** The bytes are letters that a text might begin with: then bytes that no text has must follow. */
  isText?: boolean
}

const SIGNATURES: readonly Signature[] = [
  { name: 'a tar archive', bytes: 'ustar', at: 257 },
  { name: 'Zstandard (.zst)', bytes: '\x28\xb5\x2f\xfd' },
  { name: 'bzip2 (.bz2)', bytes: '1AY&SY', at: 4 },
  { name: 'xz', bytes: '\xfd7zXZ\x00' },
  { name: 'LZ4', bytes: '\x04\x22\x4d\x18' },
  { name: 'Snappy', bytes: '\xff\x06\x00\x00sNaPpY' },
  { name: 'LZO', bytes: '\x89LZO\x00\x0d\x0a\x1a\x0a' },
  { name: 'lzip', bytes: 'LZIP', isText: true },
  { name: 'compress (.Z)', bytes: '\x1f\x9d' },
  { name: 'zlib (deflate)', bytes: 'x\x9c', isText: true },
  { name: 'zlib (deflate)', bytes: 'x\xda', isText: true },
  { name: 'zlib (deflate)', bytes: 'x\x01' },
  { name: 'a 7-Zip archive', bytes: "7z\xbc\xaf'\x1c" },
  { name: 'a RAR archive', bytes: 'Rar!\x1a\x07' },
  { name: 'an Excel workbook (.xls)', bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { name: 'ORC', bytes: 'ORC', isText: true },
  { name: 'Avro', bytes: 'Obj\x01' },
  { name: 'an Arrow file', bytes: 'ARROW1\x00\x00' },
  { name: 'an Arrow stream', bytes: '\xff\xff\xff\xff' },
  { name: 'Feather', bytes: 'FEA1', isText: true },
  { name: 'a Hadoop sequence file', bytes: 'SEQ\x06' },
  { name: 'a NumPy array (.npy)', bytes: '\x93NUMPY' },
  { name: 'a Python pickle', bytes: '\x80\x04\x95' },
  { name: 'a Python pickle', bytes: '\x80\x05\x95' },
  { name: 'HDF5', bytes: '\x89HDF\x0d\x0a\x1a\x0a' },
  { name: 'an SQLite database', bytes: 'SQLite format 3\x00' },
  { name: 'a DuckDB database', bytes: 'DUCK', at: 8, isText: true },
  { name: 'a PDF', bytes: '%PDF-' },
  { name: 'XML', bytes: '<?xml' },
  { name: 'HTML', bytes: '<!DOCTYPE html' },
  { name: 'HTML', bytes: '<html' },
  { name: 'a pointer of Git LFS, in place of the file', bytes: 'version https://git-lfs' },
  { name: 'a PGP message', bytes: '-----BEGIN PGP MESSAGE' },
]

const ZIP = ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08']
/** The names of the first entries of a ZIP archive tell which program has written it. */
const IN_ZIP: readonly (readonly [entry: string, name: string])[] = [
  ['[Content_Types].xml', 'an Excel workbook (.xlsx)'],
  ['xl/', 'an Excel workbook (.xlsx)'],
  ['opendocument.spreadsheet', 'a LibreOffice spreadsheet (.ods)'],
  ['.npy', 'NumPy arrays (.npz)'],
]

/** The name of a format that is not imported, by the first bytes of a file. */
export function foreignFormat(head: Buffer): string | undefined {
  const text = head.toString('latin1', 0, 4096)
  if (ZIP.some((bytes) => text.startsWith(bytes))) {
    return IN_ZIP.find(([entry]) => text.includes(entry))?.[1] ?? 'a ZIP archive'
  }
  // A frame that Zstandard and LZ4 skip: pzstd and others begin with one.
  if (text.startsWith('*M\x18', 1) && text >= 'P' && text < '`') return 'Zstandard (.zst) or LZ4'
  return SIGNATURES.find(({ bytes, at = 0, isText = false }) => {
    return text.startsWith(bytes, at) && (!isText || isBinary(head))
  })?.name
}

/** Whether there are bytes that no text has: control characters other than blanks, and JSON's record separator. */
export function isBinary(head: Buffer): boolean {
  return head
    .subarray(0, 4096)
    .some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1e].includes(byte))
}
