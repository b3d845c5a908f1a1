/** The account and region of the local servers. fauxqs only knows this account. */
export const account = '000000000000'
export const region = 'us-east-1'
/** The local servers check no signature, but the SDK needs credentials to sign with. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
