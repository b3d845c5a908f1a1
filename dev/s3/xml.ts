import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import * as v from 'valibot'
import { s3Error } from './errors.ts'

/** The content of an element: text, elements by name, or several elements of one name. */
export type Xml = string | number | boolean | undefined | Xml[] | { [name: string]: Xml }

/**
 * The XML document with that root element, in S3's namespace if S3 has one there (boto3 expects errors without it).
 */
export function writeXml(root: string, content: Xml): string {
  const element = ['Error', 'PostResponse'].includes(root)
    ? content
    : { '@_xmlns': NAMESPACE, ...elementOf(content) }
  return builder.build({ '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' }, [root]: element })
}

/** The document in the schema's shape, with text values; throws MalformedXML otherwise. */
export function readXml<Schema extends v.GenericSchema>(
  schema: Schema,
  document: Buffer,
): v.InferOutput<Schema> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(document)
    refuseForbiddenReferences(text)
    return v.parse(schema, parser.parse(text, true))
  } catch (error) {
    throw s3Error('MalformedXML', `The XML is not what this operation expects: ${describe(error)}`)
  }
}

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

const builder = new XMLBuilder({
  ignoreAttributes: false,
  processEntities: false,
  // Control characters become references, too: a plain carriage return would arrive at the client as a line feed.
  tagValueProcessor: (_name, value) => String(value).replaceAll(/[&<>"'\p{Cc}]/gu, numericReference),
})

const parser = new XMLParser({
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  htmlEntities: true, // without it, numeric references are not decoded
  isArray: (name) => name === 'Object' || name === 'Part',
})

function elementOf(content: Xml): { [name: string]: Xml } {
  return typeof content === 'object' && !Array.isArray(content) ? content : { '#text': content }
}

function numericReference(character: string): string {
  return `&#${character.codePointAt(0)};`
}

/** The parser drops references to characters that XML forbids: "a&#1;b" would name, and delete, the object "ab". */
function refuseForbiddenReferences(text: string) {
  for (const [reference, digits] of text.matchAll(/&#(x[\da-f]+|\d+);/gi)) {
    const code = Number(`0${digits}`)
    if (code < 0x20 && !'\t\n\r'.includes(String.fromCharCode(code))) {
      throw new Error(`${reference} refers to a character that XML does not allow`)
    }
  }
}

function describe(error: unknown): string {
  if (v.isValiError(error))
    return error.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`).join('; ')
  return error instanceof Error ? error.message : String(error)
}
