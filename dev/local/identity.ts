/** Whom the local stand-ins pretend to be. The account is the only one that fauxqs knows. */
export const account = '000000000000'
export const region = 'us-east-1'
/** Nobody checks a signature here, but the SDK wants something to sign with. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
