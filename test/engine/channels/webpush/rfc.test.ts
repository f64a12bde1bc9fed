import { createECDH, createPublicKey, verify } from 'node:crypto';
import nodeCrypto from 'node:crypto';

import ece from 'http_ece';

import { webPushCall } from '../../../../engine/channels/webpush/encrypted';
import { privateKeyOf } from './private-key';

const decoded = (text: string): Buffer => Buffer.from(text, 'base64url');

/** RFC 8291, section 5 and appendix A. */
const RFC_8291 = {
	plaintext: 'When I grow up, I want to be a watermelon',
	asPublic: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
	asPrivate: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
	uaPublic: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
	uaPrivate: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
	salt: 'DGv6ra1nlYgDCS1FRnbzlw',
	auth: 'BTBZMqHH6r4Tts7J_aSIgg',
	body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};

/** RFC 8292, section 2.4. */
const RFC_8292 = {
	endpoint: 'https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV', subject: 'mailto:push@example.com', expiresAtS: 1_453_523_768,
	token: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA',
	key: 'BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs',
};

const DAY_HALF_S = 12 * 3_600;
const subscription = { endpoint: RFC_8292.endpoint, p256dh: RFC_8291.uaPublic, auth: RFC_8291.auth };

/** A pair of our own: the private key of RFC 8292's example is not told. */
function ownKeys(): { publicKey: string; privateKey: string } {
	const pair = createECDH('prime256v1');
	pair.generateKeys();
	return { publicKey: pair.getPublicKey('base64url'), privateKey: privateKeyOf(pair) };
}

function isSigned(token: string, publicKey: string): boolean {
	const raw = decoded(publicKey);
	const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: raw.subarray(1, 33).toString('base64url'), y: raw.subarray(33).toString('base64url') }, format: 'jwk' });
	const [header, claims, signature = ''] = token.split('.');
	return verify('sha256', Buffer.from(`${header}.${claims}`), { key, dsaEncoding: 'ieee-p1363' }, decoded(signature));
}

const call = (payload: object, keys = ownKeys(), nowMs = (RFC_8292.expiresAtS - DAY_HALF_S) * 1000) =>
	webPushCall({ ...keys, subject: RFC_8292.subject }, { payload: payload as never, ttlSeconds: 10, urgency: 'normal' }, subscription, nowMs);

describe('message encryption (RFC 8291)', () => {
	afterEach(() => jest.restoreAllMocks());

	it('makes the example of section 5 byte by byte, from the salt and the keys of appendix A', async () => {
		// What is random in a message: the salt and the pair of keys that it is sent with.
		jest.spyOn(nodeCrypto, 'randomBytes').mockImplementation((() => decoded(RFC_8291.salt)) as never);
		const pair = createECDH('prime256v1');
		pair.setPrivateKey(decoded(RFC_8291.asPrivate));
		jest.spyOn(pair, 'generateKeys').mockImplementation((() => pair.getPublicKey()) as never);
		jest.spyOn(nodeCrypto, 'createECDH').mockImplementation((() => pair) as never);
		// The example's text is no JSON: what stringifies to it stands for a payload.
		jest.spyOn(JSON, 'stringify').mockImplementationOnce(() => RFC_8291.plaintext);

		const { body, headers } = await call({});

		expect(pair.getPublicKey('base64url')).toBe(RFC_8291.asPublic);
		expect(Buffer.from(body).toString('base64url')).toBe(RFC_8291.body);
		expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '10' });
	});

	it('is read by what reads the example of the RFC', async () => {
		const receiver = createECDH('prime256v1');
		receiver.setPrivateKey(decoded(RFC_8291.uaPrivate));
		const read = (body: Buffer) => ece.decrypt(body, { version: 'aes128gcm', privateKey: receiver, authSecret: RFC_8291.auth }).toString();

		expect(read(decoded(RFC_8291.body))).toBe(RFC_8291.plaintext);
		expect(read(Buffer.from((await call({ title: 'Grüße' })).body))).toBe('{"title":"Grüße"}');
	});

	it('is never the same twice', async () => {
		const [one, other] = [await call({ title: 'A' }), await call({ title: 'A' })];

		expect(Buffer.from(one.body).equals(Buffer.from(other.body))).toBe(false);
	});
});

describe('voluntary application server identification (RFC 8292)', () => {
	it('the example of section 2.4 is signed by its own key, as the check here finds', () => {
		expect(isSigned(RFC_8292.token, RFC_8292.key)).toBe(true);
		expect(isSigned(RFC_8292.token, ownKeys().publicKey)).toBe(false);
	});

	it('makes the header of the example byte by byte but for the key and its signature, which ECDSA makes anew each time', async () => {
		const keys = ownKeys();

		const { headers } = await call({ title: 'A' }, keys);

		const [, token = '', key] = /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), k=([\w-]+)$/.exec(headers.authorization ?? '') ?? [];
		expect(token.split('.').slice(0, 2)).toEqual(RFC_8292.token.split('.').slice(0, 2));
		expect(key).toBe(keys.publicKey);
		expect(decoded(token.split('.')[2] ?? '')).toHaveLength(64);
		expect(isSigned(token, keys.publicKey)).toBe(true);
	});
});
