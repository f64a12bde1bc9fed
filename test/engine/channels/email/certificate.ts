import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
	/** PEM. */
	cert: string;
	key: KeyObject;
}

const SHA256_WITH_RSA = oid([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);

/** A certificate that signs itself, for 127.0.0.1 and this year and the next: Node makes none, and tests install nothing for it (RFC 5280, 4.1). */
export function selfSigned(nowMs: number): Certificate {
	const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const algorithm = sequence(SHA256_WITH_RSA, der(0x05));
	const name = sequence(der(0x31, sequence(oid([0x55, 0x04, 0x03]), der(0x0c, Buffer.from('test.example')))));
	const subjectAltName = sequence(oid([0x55, 0x1d, 0x11]), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1])))));
	const body = sequence(
		der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, Buffer.from([1])), algorithm, name,
		sequence(time(nowMs - 86_400_000), time(nowMs + 366 * 86_400_000)), name,
		publicKey.export({ format: 'der', type: 'spki' }), der(0xa3, sequence(subjectAltName)),
	);
	const signature = sign('sha256', body, privateKey);
	const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
	return { cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

function der(tag: number, content: Buffer = Buffer.alloc(0)): Buffer {
	const { length } = content;
	const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
	return der(0x30, Buffer.concat(parts));
}

function oid(bytes: number[]): Buffer {
	return der(0x06, Buffer.from(bytes));
}

function time(ms: number): Buffer {
	return der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
