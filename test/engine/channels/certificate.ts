import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate for localhost and 127.0.0.1 that vouches for itself, in date today: that of smtp-server has run out. X.509 in DER (RFC 5280), with as little as TLS asks for. */
export function localhostCertificate(nowMs: number): { key: string; cert: string } {
	const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const sha256WithRsa = seq(oid(1, 2, 840, 113549, 1, 1, 11), der(0x05));
	const name = seq(der(0x31, seq(oid(2, 5, 4, 3), der(0x0c, Buffer.from('localhost')))));
	const altName = seq(oid(2, 5, 29, 17), der(0x04, seq(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))));
	const authority = seq(oid(2, 5, 29, 19), der(0x04, seq(der(0x01, Buffer.from([0xff])))));
	const body = seq(
		der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, Buffer.from([1])), sha256WithRsa, name, seq(time(nowMs - 86_400_000), time(nowMs + 86_400_000)), name,
		publicKey.export({ type: 'spki', format: 'der' }), der(0xa3, seq(altName, authority)),
	);
	const whole = seq(body, sha256WithRsa, der(0x03, Buffer.from([0]), sign('sha256', body, privateKey)));
	const base64 = whole.toString('base64').replace(/.{64}/g, '$&\n');
	return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
	const content = Buffer.concat(parts);
	const { length } = content;
	const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...header]), content]);
}

function seq(...parts: Buffer[]): Buffer {
	return der(0x30, ...parts);
}

function oid(first: number, second: number, ...rest: number[]): Buffer {
	const bytes = rest.flatMap((arc) => {
		const groups = [arc & 0x7f];
		for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
		return groups;
	});
	return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function time(atMs: number): Buffer {
	return der(0x17, Buffer.from(`${new Date(atMs).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}
