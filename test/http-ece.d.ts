/** Encrypted content encoding (RFC 8188), as web-push uses it; it brings no types. */
declare module 'http_ece' {
	import type { ECDH } from 'node:crypto';

	const ece: {
		decrypt(body: Uint8Array, params: { version: 'aes128gcm'; privateKey: ECDH; authSecret: string }): Buffer;
	};
	export default ece;
}
