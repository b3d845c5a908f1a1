/** The account and region of the local servers. fauxqs knows no other account. */
export const account = '000000000000'
export const region = 'us-east-1'
/** No signature is checked here, but the SDK needs something to sign with. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
