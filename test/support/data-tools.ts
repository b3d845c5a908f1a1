import { fileURLToPath } from 'node:url'
import { pythonWith } from '../../dev/python.ts'

const requirements = fileURLToPath(new URL('data-tools/python-requirements.txt', import.meta.url))

/** Python with the tools by which a data team reads files. */
export const python = pythonWith(requirements, 'pandas, pyarrow and DuckDB')
