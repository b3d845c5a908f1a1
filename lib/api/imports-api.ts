import * as v from 'valibot'
import { StartImportSchema } from '../import/import-options.ts'
import { FileProblemSchema, ShownImportSchema, StartedImportSchema } from '../import/import-report-schema.ts'
import { UnreadObjectsSchema } from '../import/unread-objects.ts'
import { type Api, BODY_ERRORS, REDIS_ERRORS } from './route.ts'

const ImportId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}(-dry-run)?$/))
const ImportListSchema = v.object({
  imports: v.array(ShownImportSchema),
  unread: v.pipe(
    v.nullable(UnreadObjectsSchema),
    v.description(
      'Objects below the prefix that no import has read; null before the first scheduled listing',
    ),
  ),
})

export const importsApi = () =>
  ({
    tag: { name: 'imports', description: 'Files of users on their way into Redis' },
    schemas: {
      Import: ShownImportSchema,
      FileProblem: FileProblemSchema,
      ImportList: ImportListSchema,
      StartImport: StartImportSchema,
      StartedImport: StartedImportSchema,
    },
    routes: {
      'GET /imports': {
        operationId: 'listImports',
        summary: 'The newest hundred imports, newest first, and the objects that none has read',
        answers: { 200: { description: 'How they stand', body: ImportListSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /imports/{id}': {
        operationId: 'getImport',
        summary: 'Says how an import stands',
        path: { id: ImportId },
        answers: { 200: { description: 'How it stands', body: ShownImportSchema } },
        errors: ['IMPORT_NOT_FOUND', ...REDIS_ERRORS],
      },
      'POST /imports': {
        operationId: 'startImport',
        summary: 'Imports an object that is in the bucket already',
        description: "What is left out of the body, the object's metadata says.",
        body: StartImportSchema,
        answers: {
          200: { description: 'It is imported already, and nothing was done', body: StartedImportSchema },
          202: { description: 'It is on the queue', body: StartedImportSchema },
        },
        errors: [
          ...BODY_ERRORS,
          'OBJECT_NOT_FOUND',
          'OBJECT_UNAVAILABLE',
          'QUEUE_UNAVAILABLE',
          ...REDIS_ERRORS,
        ],
      },
      'DELETE /imports/{id}': {
        operationId: 'cancelImport',
        summary: 'Stops a running import at its next window; what is written by then stays',
        path: { id: ImportId },
        answers: { 202: { description: 'How it stood when it was asked to stop', body: ShownImportSchema } },
        errors: ['IMPORT_NOT_FOUND', 'IMPORT_ENDED', ...REDIS_ERRORS],
      },
    },
  }) satisfies Api
