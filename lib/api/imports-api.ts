import * as v from 'valibot'
import { ImportFileSchema } from '../import/import-link.ts'
import { StartImportSchema } from '../import/import-options.ts'
import { FileProblemSchema, ShownImportSchema, StartedImportSchema } from '../import/import-report-schema.ts'
import { UnreadObjectsSchema } from '../import/unread-objects.ts'
import { UploadLinkSchema, UploadRequestSchema } from '../import/upload-link.ts'
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
    tag: { name: 'imports', description: 'Imports of files of users into Redis' },
    schemas: {
      Import: ShownImportSchema,
      FileProblem: FileProblemSchema,
      ImportList: ImportListSchema,
      StartImport: StartImportSchema,
      StartedImport: StartedImportSchema,
      UploadRequest: UploadRequestSchema,
      UploadLink: UploadLinkSchema,
    },
    routes: {
      'GET /imports': {
        operationId: 'listImports',
        summary: 'Lists the newest hundred imports, newest first, and the objects that no import has read',
        answers: { 200: { description: 'The imports', body: ImportListSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /imports/{id}': {
        operationId: 'getImport',
        summary: 'Shows the state and the counts of an import',
        path: { id: ImportId },
        answers: { 200: { description: 'The import', body: ShownImportSchema } },
        errors: ['IMPORT_NOT_FOUND', ...REDIS_ERRORS],
      },
      'POST /imports': {
        operationId: 'startImport',
        summary: 'Imports an object of the bucket',
        description: "The object's metadata sets the options that the body omits.",
        body: StartImportSchema,
        answers: {
          200: { description: 'The object is already imported; nothing was done', body: StartedImportSchema },
          202: { description: 'The import is queued', body: StartedImportSchema },
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
        summary: 'Stops a running import at its next window; users that it has written stay',
        path: { id: ImportId },
        answers: {
          202: { description: 'The import when it received the request to stop', body: ShownImportSchema },
        },
        errors: ['IMPORT_NOT_FOUND', 'IMPORT_ENDED', ...REDIS_ERRORS],
      },
      'GET /imports/{id}/file': {
        operationId: 'getImportFile',
        summary: 'Redirects to the rejects or the report of an import',
        path: { id: ImportId },
        query: { file: v.optional(ImportFileSchema, 'rejects') },
        answers: {
          302: {
            description: 'The address of the file, valid for five minutes',
            headers: { Location: { description: 'A presigned URL' } },
          },
        },
        errors: [
          ...['REQUEST_INVALID', 'IMPORT_NOT_FOUND', 'IMPORT_HAS_NO_FILE', 'OBJECT_NOT_FOUND'],
          ...['OBJECT_UNAVAILABLE'],
          ...REDIS_ERRORS,
        ] as const,
      },
      'POST /uploads': {
        operationId: 'linkUpload',
        summary: 'Makes a link by which a browser puts a file into the bucket',
        description: 'The link is valid for an hour, and writes one object with a new key.',
        body: UploadRequestSchema,
        answers: { 201: { description: 'The link', body: UploadLinkSchema } },
        errors: BODY_ERRORS,
      },
    },
  }) satisfies Api
