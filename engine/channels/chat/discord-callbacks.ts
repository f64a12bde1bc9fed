import { createPublicKey, verify, type KeyObject } from 'node:crypto';

import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { fieldsOf, isFresh, jsonOf, listOf, malformed, refused, secondsMs, textOf } from '../callbacks/reading';
import { inboundChat, started } from './inbound';

export interface DiscordSecrets {
	/** Of the application, hex. */
	publicKey: string;
}

const OLDEST_MS = 15 * 60_000;
/** What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410). */
const KEY_HEADER = Buffer.from('302a300506032b6570032100', 'hex');
const PING = 1;
const COMMAND = 2;
const PONG = JSON.stringify({ type: 1 });
/** Only the person sees it. */
const HEARD = JSON.stringify({ type: 4, data: { content: '✓', flags: 1 << 6 } });
const JSON_TYPE = 'application/json';

/**
 * Interactions (https://docs.discord.com/developers/interactions/receiving-and-responding), signed with Ed25519: the PING by which Discord checks the address, and the
 * commands /start and /stop where the application has them. What people write to a bot, and that they have blocked it, Discord tells by no webhook.
 */
export const discordCallbacks: CallbackReader<DiscordSecrets> = {
	provider: 'discord',
	read: (request, secrets, nowMs) => Promise.resolve(read(request, secrets, nowMs)),
};

function read(request: CallbackRequest, { publicKey }: DiscordSecrets, nowMs: number): CallbackResult {
	const key = keyOf(publicKey);
	if (key === null) return refused('The Public Key in the Discord credential is missing or cannot be read. Copy it from the Developer Portal, General Information.');
	const { 'x-signature-ed25519': signature = '', 'x-signature-timestamp': timestamp = '' } = request.headers;
	if (!verify(null, Buffer.concat([Buffer.from(timestamp), request.body]), key, Buffer.from(signature, 'hex'))) return refused('The signature of Discord (X-Signature-Ed25519) is missing or wrong. Check the Public Key in the credential.');
	if (!isFresh(secondsMs(timestamp), nowMs, OLDEST_MS)) return refused('Discord\'s call is too old, or the clock of this machine is wrong.');
	const body = jsonOf(request);
	if (body === undefined) return malformed('The call of Discord is no JSON.');
	const interaction = fieldsOf(body);
	if (interaction.type === PING) return { kind: 'answer', status: 200, body: PONG, contentType: JSON_TYPE };
	return { kind: 'reports', reports: interaction.type === COMMAND ? reportsOf(interaction) : [], answer: { body: HEARD, contentType: JSON_TYPE } };
}

function keyOf(publicKey: string): KeyObject | null {
	if (!/^[0-9a-f]{64}$/i.test(publicKey)) return null;
	return createPublicKey({ key: Buffer.concat([KEY_HEADER, Buffer.from(publicKey, 'hex')]), format: 'der', type: 'spki' });
}

function reportsOf(interaction: ReturnType<typeof fieldsOf>): DeliveryReport[] {
	// In a server the user stands within the member.
	const address = textOf(fieldsOf(interaction.user).id) ?? textOf(fieldsOf(fieldsOf(interaction.member).user).id);
	const id = textOf(interaction.id);
	const { name, options } = fieldsOf(interaction.data);
	if (address === null || id === null) return [];
	if (name === 'start') return [started({ id, address, atMs: null, payload: textOf(fieldsOf(listOf(options)[0]).value) })];
	return name === 'stop' ? inboundChat({ id, address, atMs: null, text: '/stop' }) : [];
}
